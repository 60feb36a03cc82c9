// The CRC-32 that validates what was copied: zlib's, or the same one here for a Node without it.
//
// Invariant: both give the same sum. Used by what reads pages, sections and rows.

import * as zlib from "node:zlib";

/** What each value of a byte adds to a sum. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** The sum by the table: of `bytes` after those of which `before` is the sum. */
export function crc32ByTable(bytes: Uint8Array, before = 0): number {
  let sum = ~before;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** CRC-32 of `bytes`, after those of which `before` is the sum. */
export const crc32: typeof crc32ByTable = zlib.crc32 ?? crc32ByTable;
