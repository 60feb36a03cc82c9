// Copies of what a publisher writes to all the time: the newest section of some, slots or reports, and a slot's tables.
//
// The kernel's copy is not ordered against the publisher's stores, so sequences alone would let torn copies through: each
// copy is validated by its sums. Invariant: what is returned is of one commit; an error says by sums in which way a copy
// is wrong, so that the reader can tell damage from an overlap. Used by the reader.

import { check, SnapshotError } from "./errors.js";
import type { SnapshotFile } from "./file.js";
import { BANK, type Region, REGIONS, ROWS, SLOT, type Table, type Tables } from "./layout.js";
import { u64 } from "./struct.js";
import { crc32 } from "./sums.js";
import { Texts } from "./texts.js";

/** A slot or a report in a copy. */
type Section = { at: number; sequence: bigint };
type Rows = { copy: DataView; rowBytes: number };

const TABLES = Object.keys(ROWS) as Table[];
const NUMBERS = Object.keys(REGIONS);

/** The newest complete one of the sections of so many bytes from `first` on. Its sequence is 0 if none is complete. */
export function newestSection(path: string, copy: DataView, first: number, bytes: number): Section {
  let newest = { at: first, sequence: 0n };
  for (let at = first; at < copy.byteLength; at += bytes) {
    const sequence = u64.read(copy, at);
    if (sequence > newest.sequence && (copy.getUint8(at) & 1) === 0) newest = { at, sequence };
  }
  const { at, sequence } = newest;
  // The sum is the second word, and does not cover itself.
  const before = crc32(new Uint8Array(copy.buffer, at, 8));
  const sum = BigInt(crc32(new Uint8Array(copy.buffer, at + 16, bytes - 16), before));
  const isWhole = sequence === 0n || u64.read(copy, at + 8) === sum;
  check(isWhole, path, `what has the sequence ${sequence} sums up to ${sum}, which is not its checksum`);
  return newest;
}

/** The tables that belong to the slot that is at `slot` in `page`. */
export function tablesOf(file: SnapshotFile, page: DataView, slot: number): Tables {
  const word = (field: keyof typeof SLOT.offsets, index = 0) =>
    page.getBigUint64(slot + SLOT.offsets[field] + 8 * index, true);
  const [bank, wanted] = [Number(word("bank")), word("generation")];
  check(bank <= 1, file.path, "a slot names no bank");
  const copies = TABLES.map((table, index) => ({ table, ...inUse(file, table, bank, word("rows", index)) }));
  // Read after the rows: a bank that is being reused has another sequence by now, and rows mixed from two commits do
  // not add up to the check.
  const { offset, rowBytes } = file.areas.banks;
  const header = BANK.read(file.read(offset + bank * rowBytes, BANK.bytes), 0);
  // A bank older than the slot that names it can be no overlap; a newer one was reused.
  if (header.sequence > wanted) throw new SnapshotError("Busy", file.path);
  const sum = copies.reduce((sum, { table, copy, rowBytes }) => sum + sumOf(table, copy, rowBytes), 0n);
  const told = `the tables of ${header.sequence} for ${wanted} have the sum ${sum} instead of ${header.check}`;
  check(header.sequence === wanted && header.check === sum, file.path, told);
  // Names in use never change, so they may be copied last. But a power cut may have lost the newest of them.
  const names = new Uint8Array(inUse(file, "names", 0, word("namesBytes")).copy.buffer);
  const texts = new Texts(file.path, names, Number(file.identity.fileBytes));
  check(BigInt(crc32(names)) === word("namesCrc"), file.path, "the names do not match their checksum");
  const decoded = copies.map(({ table, copy, rowBytes }) => {
    const rows = { length: copy.byteLength / rowBytes };
    return [table, Array.from(rows, (_, row) => ROWS[table].read(copy, row * rowBytes, texts))];
  });
  const tables: Tables = Object.fromEntries(decoded);
  const { history } = tables;
  const oldest = Number(word("historyOldest"));
  check(oldest < Math.max(history.length, 1), file.path, "the history begins outside itself");
  return { ...tables, history: [...history.slice(oldest), ...history.slice(0, oldest)] };
}

/** The rows of a region that are in use. */
function inUse(file: SnapshotFile, region: Region, bank: number, rows: bigint): Rows {
  const { offset, stride, rowBytes, capacity } = file.areas[region];
  check(rows <= capacity, file.path, `${region} are longer than their region`);
  return { copy: file.read(offset + bank * stride, Number(rows) * rowBytes), rowBytes };
}

/** What a table adds to its bank's check: the sum of the CRC-32 of each row's region, number and bytes. */
function sumOf(table: Table, copy: DataView, rowBytes: number): bigint {
  const place = Buffer.alloc(16);
  place.writeUInt32LE(NUMBERS.indexOf(table) + 1);
  let sum = 0n;
  for (let row = 0; row * rowBytes < copy.byteLength; row++) {
    place.writeUInt32LE(row, 8);
    sum += BigInt(crc32(new Uint8Array(copy.buffer, row * rowBytes, rowBytes), crc32(place)));
  }
  return sum;
}
