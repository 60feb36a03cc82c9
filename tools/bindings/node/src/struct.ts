// How fields are read: each type has a length and a way to read it, and a struct is a type whose fields follow each other.
//
// Invariant: a field's offset is the sum of the lengths before it, so a struct is written down once, as in LAYOUT.md, and
// gives both the values and their static types. Used by `layout`.

import { Texts } from "./texts.js";

/** Words of the protocol, or reserved ones: they take room and give no value. */
export type Hidden = { readonly bytes: number };
export type Type<V> = Hidden & { read(view: DataView, at: number, texts?: Texts): V };
export type Value<T> = T extends Type<infer V> ? V : never;
type Fields = Readonly<Record<string, Hidden | Type<unknown>>>;
type Values<F> = { [Name in keyof F as F[Name] extends Type<unknown> ? Name : never]: Value<F[Name]> };
/** `offsets` are from the start of the struct. */
export type Struct<F> = Type<Values<F>> & { readonly offsets: Readonly<Record<keyof F, number>> };

const type = <V>(bytes: number, read: Type<V>["read"]): Type<V> => ({ bytes, read });
export const hidden = (bytes: number): Hidden => ({ bytes });
export const u64 = type(8, (view, at) => view.getBigUint64(at, true));
export const i64 = type(8, (view, at) => view.getBigInt64(at, true));
export const u128 = type(16, (view, at) => {
  const [low, high] = [view.getBigUint64(at, true), view.getBigUint64(at + 8, true)];
  return high === 0n ? low : (high << 64n) | low;
});
/** As `/proc` writes it; `null` if unknown. The high word comes first. */
export const uuid = type(16, (view, at) => {
  const number = (view.getBigUint64(at, true) << 64n) | view.getBigUint64(at + 8, true);
  const digits = number.toString(16).padStart(32, "0");
  return number === 0n ? null : digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
});
/** 16 counts: below 64 µs, then below twice the bound before; the last counts all longer ones. */
export const histogram = type(128, (view, at) =>
  Array.from({ length: 16 }, (_, count) => u64.read(view, at + 8 * count)));
export const name = type(8, (view, at, texts = new Texts()) => texts.named(u64.read(view, at)));
export const text = (bytes: number): Type<string> =>
  type(bytes, (view, at, texts = new Texts()) => texts.field(view, at, bytes));

/** What is made of another type's value. */
export const as = <V, W>({ bytes, read }: Type<V>, make: (value: V) => W): Type<W> =>
  type(bytes, (view, at, texts) => make(read(view, at, texts)));

/** A number that stands for one of the texts; `other` for one that is not listed. */
export const listed = <const T extends string>(texts: readonly T[], other: NoInfer<T>): Type<T> =>
  as(u64, (number) => texts[Number(number)] ?? other);

export function struct<const F extends Fields>(fields: F): Struct<F> {
  const offsets: Record<string, number> = {};
  let bytes = 0;
  for (const [name, field] of Object.entries(fields)) [offsets[name], bytes] = [bytes, bytes + field.bytes];
  const shown = Object.entries(fields).filter((entry): entry is [string, Type<unknown>] => "read" in entry[1]);
  const places = shown.map(([name, { read }]) => ({ name, read, offset: offsets[name] ?? 0 }));
  const read = (view: DataView, at: number, texts?: Texts) => {
    const value: Record<string, unknown> = {};
    for (const { name, read, offset } of places) value[name] = read(view, at + offset, texts);
    return value as Values<F>;
  };
  return { bytes, read, offsets: offsets as Record<keyof F, number> };
}
