// The texts of a snapshot, which strangers wrote.
//
// Invariant: what is given is UTF-8 and lies in the names in use, and all of it takes no more memory than the file: rows
// with the same name share one string, and names that overlap are bounded. Used by `struct`, with what readers copied.

import { isUtf8 } from "node:buffer";
import { check } from "./errors.js";

export class Texts {
  readonly #known = new Map<bigint, string>();

  /** Of the file at `path`, which has these names; they may be so long in all. */
  constructor(private path = "", private names: Uint8Array = Buffer.of(), private room = 0) {}

  /** The name that a word means: its length is in the high half, its offset in the low one. */
  named(word: bigint): string {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const [start, length] = [Number(word & 0xffff_ffffn), Number(word >> 32n)];
    check(length === 0 || start + length <= this.names.length, this.path, "a name lies outside the names");
    this.room -= length;
    check(this.room >= 0, this.path, "names overlap until they are longer than the file");
    const text = this.#decoded(this.names.subarray(start, start + length));
    this.#known.set(word, text);
    return text;
  }

  /** The text in a field: up to the first zero byte, or as long as the field. */
  field(view: DataView, at: number, bytes: number): string {
    const field = new Uint8Array(view.buffer, view.byteOffset + at, bytes);
    return this.#decoded(field.subarray(0, field.includes(0) ? field.indexOf(0) : bytes));
  }

  #decoded(bytes: Uint8Array): string {
    check(isUtf8(bytes), this.path, "a text is not UTF-8");
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  }
}
