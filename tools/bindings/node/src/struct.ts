// How fields are read: each type has a length and a way to read it, and a struct is a type whose fields follow each other.
//
// Invariant: a field's offset is the sum of the lengths before it, so a struct is written down once, as in LAYOUT.md, and
// gives both the values and their static types. Used by `layout`.

/** Where texts are from, and who judges them. */
export interface Texts {
  /** The names in use. */
  names: Uint8Array;
  /** Throws if the bytes are not UTF-8, or if there are none because a name lies outside. */
  decode(bytes: Uint8Array | undefined): string;
}

/** For structs without texts. */
export const NO_TEXTS: Texts = { names: new Uint8Array(), decode: () => "" };

export interface Type<V> {
  readonly bytes: number;
  readonly isHidden?: true;
  read(view: DataView, at: number, texts: Texts): V;
}

export type Value<T> = T extends Type<infer V> ? V : never;
type Fields = Readonly<Record<string, Type<unknown>>>;
/** What is hidden is `never`. */
type Values<F> = { [K in keyof F as F[K] extends Type<never> ? never : K]: Value<F[K]> };

export interface Struct<F> extends Type<Values<F>> {
  /** Where each field is, from the start. */
  readonly offsets: Readonly<Record<keyof F, number>>;
}

export const u64: Type<bigint> = { bytes: 8, read: (view, at) => view.getBigUint64(at, true) };
export const i64: Type<bigint> = { bytes: 8, read: (view, at) => view.getBigInt64(at, true) };
export const u128: Type<bigint> = {
  bytes: 16,
  read: (view, at) => {
    const [low, high] = [view.getBigUint64(at, true), view.getBigUint64(at + 8, true)];
    return high === 0n ? low : (high << 64n) | low;
  },
};
export const name: Type<string> = {
  bytes: 8,
  read: (view, at, { names, decode }) => {
    const [start, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (length === 0) return "";
    return decode(start + length <= names.length ? names.subarray(start, start + length) : undefined);
  },
};
/** As `/proc` writes it; `null` if unknown. The high word comes first. */
export const uuid: Type<string | null> = {
  bytes: 16,
  read: (view, at) => {
    const number = (view.getBigUint64(at, true) << 64n) | view.getBigUint64(at + 8, true);
    const digits = number.toString(16).padStart(32, "0");
    return number === 0n ? null : digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  },
};

/** Text up to the first zero byte, or as long as its field. */
export function text(bytes: number): Type<string> {
  const read = (view: DataView, at: number, { decode }: Texts) => {
    const field = new Uint8Array(view.buffer, view.byteOffset + at, bytes);
    return decode(field.subarray(0, field.includes(0) ? field.indexOf(0) : bytes));
  };
  return { bytes, read };
}

/** What is made of another type's value. */
export function as<V, W>(type: Type<V>, make: (value: V) => W): Type<W> {
  return { bytes: type.bytes, read: (view, at, texts) => make(type.read(view, at, texts)) };
}

/** A number that stands for one of the texts; `other` for one that is not listed. */
export function listed<const T extends string>(texts: readonly T[], other: NoInfer<T>): Type<T> {
  return as(u64, (number) => texts[Number(number)] ?? other);
}

export function array<V>(type: Type<V>, length: number): Type<V[]> {
  const read = (view: DataView, at: number, texts: Texts) => Array.from({ length }, (_, index) => type.read(view, at + index * type.bytes, texts));
  return { bytes: type.bytes * length, read };
}

/** Words that no value shows: of the protocol, or reserved. */
export function hidden(bytes: number): Type<never> {
  const read = () => {
    throw new TypeError("hidden words have no value");
  };
  return { bytes, read, isHidden: true };
}

export function struct<const F extends Fields>(fields: F): Struct<F> {
  let bytes = 0;
  const places = Object.entries(fields).map(([key, type]) => ({ key, type, at: (bytes += type.bytes) - type.bytes }));
  const shown = places.filter(({ type }) => !type.isHidden);
  const read = (view: DataView, at: number, texts: Texts) => {
    const value: Record<string, unknown> = {};
    for (const { key, type, at: offset } of shown) value[key] = type.read(view, at + offset, texts);
    return value as Values<F>;
  };
  return { bytes, read, offsets: Object.fromEntries(places.map(({ key, at }) => [key, at])) as Record<keyof F, number> };
}
