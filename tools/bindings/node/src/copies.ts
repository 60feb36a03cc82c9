// Copies of what a publisher writes to all the time: the newest slot, the tables of its bank, the newest report.
//
// The kernel's copy is not ordered against the publisher's stores, so sequences alone would let torn copies through: each
// copy is validated by its sums. Invariant: what is returned is of one commit, not older than the floor; attempts are
// bounded; what is wrong twice in the same way is damage, not an overlap. Used by the reader.

import { Code, damaged, SnapshotError, utf8 } from "./errors.js";
import { type OpenFile, readWhole } from "./file.js";
import { PAGE_BYTES } from "./identity.js";
import { BANK, REGIONS, type Region, ROWS, SLOT, type Table, type Tables } from "./layout.js";
import { NO_TEXTS } from "./struct.js";
import { crc32 } from "./sums.js";

const ATTEMPTS = 64;
/** The first attempts do not wait: most publishes take microseconds. */
const ATTEMPTS_AT_ONCE = 5;
const PAUSE_MS = 0.05;
const NEVER = new Int32Array(new SharedArrayBuffer(4));
const SLOTS_AT = 1280;
const SLOT_BYTES = 1728;
const TABLES = Object.keys(ROWS) as Table[];

/** Bytes of a file, and the same as words. */
export interface Copy {
  bytes: Buffer;
  view: DataView;
}

/** A value, and how many attempts it took. */
export interface Read<T> {
  value: T;
  tries: number;
}

export function emptyCopy(length: number): Copy {
  const bytes = Buffer.alloc(length);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, length) };
}

/** What an attempt gave that no commit looks like. If the next one gives the same, with the same print, it is damage. */
class Wrong {
  constructor(
    readonly what: string,
    readonly print?: string,
  ) {}
}

/** Copies page 0 and gives the offset of its newest slot, whose sequence is at least `floor`. */
export function newestSlot(file: OpenFile, page: Copy, floor: bigint): Read<number> {
  let isPublished = floor > 0n;
  const attempt = () => {
    readWhole(file, page.bytes, 0);
    const slot = newestOf(page, SLOTS_AT, SLOT_BYTES);
    if (slot === undefined) return new Wrong("no slot is complete");
    isPublished = true;
    if (!isWhole(page, slot, SLOT_BYTES)) {
      return new Wrong("the newest publish does not match its checksum", page.bytes.toString("latin1", SLOTS_AT, PAGE_BYTES));
    }
    return sequenceAt(page, slot) >= floor ? slot : new Wrong("the newest publish is older than one before");
  };
  const nothing = `${file.path} is damaged (it holds no complete publish): run \`cco publish --once\` to replace it`;
  return repeat(file, attempt, () => (isPublished ? busy() : new SnapshotError(Code.NothingPublished, nothing)));
}

/** The tables that belong to the slot that `newest` finds in `page`, and the slot's offset. */
export function newestTables(file: OpenFile, page: Copy, newest: () => number): Read<{ slot: number; tables: Tables }> {
  const attempt = () => {
    const slot = newest();
    const bank = Number(wordOf(page, slot, "bank"));
    if (bank > 1) throw damaged(file.path, "a slot names no bank");
    const copies = TABLES.map((table) => copyOf(file, table, bank, wordOf(page, slot, `${table}Rows`)));
    // Read after the rows: a bank that is being reused has another sequence by now, and rows mixed from two commits do
    // not add up to the check.
    const header = emptyCopy(BANK.bytes);
    readWhole(file, header.bytes, file.areas.banks.offset + bank * file.areas.banks.rowBytes);
    const { sequence, check } = BANK.read(header.view, 0, NO_TEXTS);
    const [wanted, sum] = [sequenceAt(page, slot), sumOf(file, copies)];
    if (sequence === wanted && check === sum) return { slot, tables: decoded(file, page, slot, copies) };
    // A bank older than the slot that names it can be no overlap; a newer one was reused.
    return new Wrong("the tables do not match their checksum", sequence <= wanted ? [wanted, sequence, check, sum].join() : undefined);
  };
  return repeat(file, attempt, busy);
}

/** The newest report of the publisher on itself, and where it is in the copy; `undefined` if there never was one. */
export function newestReport(file: OpenFile): Read<{ copy: Copy; at: number } | undefined> {
  const { rowBytes, capacity, offset } = file.areas.health;
  const copy = emptyCopy(rowBytes * capacity);
  const attempt = () => {
    readWhole(file, copy.bytes, offset);
    const at = newestOf(copy, 0, rowBytes);
    if (at === undefined) return undefined;
    return isWhole(copy, at, rowBytes) ? { copy, at } : new Wrong("the health does not match its checksum", copy.bytes.toString("latin1"));
  };
  return repeat(file, attempt, busy);
}

function repeat<T>(file: OpenFile, attempt: () => T | Wrong, givenUp: () => SnapshotError): Read<T> {
  let before: string | undefined;
  for (let tries = 1; tries <= ATTEMPTS; tries++) {
    const got = attempt();
    if (!(got instanceof Wrong)) return { value: got, tries };
    if (got.print !== undefined && got.print === before) throw damaged(file.path, got.what);
    before = got.print;
    if (tries >= ATTEMPTS_AT_ONCE) pause();
  }
  throw givenUp();
}

/** Gives a publisher at full speed time to finish. */
function pause(): void {
  try {
    Atomics.wait(NEVER, 0, 0, PAUSE_MS);
  } catch {
    // A host that lets no thread wait: attempts follow each other at once.
  }
}

function busy(): SnapshotError {
  return new SnapshotError(Code.Busy, "the publisher was writing during every attempt: keep the last values and read again later");
}

/** The sequence of a section, which is its first word. */
export function sequenceAt({ view }: Copy, at: number): bigint {
  return view.getBigUint64(at, true);
}

function wordOf({ view }: Copy, slot: number, field: keyof typeof SLOT.offsets): bigint {
  return view.getBigUint64(slot + SLOT.offsets[field], true);
}

/** The offset of the section with the highest complete sequence: even, and not 0. */
function newestOf(copy: Copy, first: number, sectionBytes: number): number | undefined {
  let newest: number | undefined;
  let highest = 0n;
  for (let at = first; at < copy.bytes.length; at += sectionBytes) {
    const sequence = sequenceAt(copy, at);
    if (sequence > 0n && (copy.bytes[at]! & 1) === 0 && sequence >= highest) [newest, highest] = [at, sequence];
  }
  return newest;
}

/** Whether a section matches its CRC-32, which is its second word and no part of the sum. */
function isWhole({ bytes, view }: Copy, at: number, sectionBytes: number): boolean {
  const sum = crc32(bytes.subarray(at + 16, at + sectionBytes), crc32(bytes.subarray(at, at + 8)));
  return view.getUint32(at + 8, true) === sum && view.getUint32(at + 12, true) === 0;
}

/** The rows of a region that are in use. */
function copyOf(file: OpenFile, region: Region, copy: number, rows: bigint): Copy {
  const { offset, stride, rowBytes, capacity } = file.areas[region];
  if (rows > BigInt(capacity)) throw damaged(file.path, `${region} are longer than their region`);
  const bytes = emptyCopy(Number(rows) * rowBytes);
  readWhole(file, bytes.bytes, offset + copy * stride);
  return bytes;
}

/** What a bank's check must be: the sum of the CRC-32 of each row's region, number and bytes. */
function sumOf(file: OpenFile, copies: Copy[]): bigint {
  const place = emptyCopy(16);
  let sum = 0n;
  for (const [index, table] of TABLES.entries()) {
    const { bytes } = copies[index]!;
    const { rowBytes } = file.areas[table];
    place.view.setUint32(0, REGIONS[table][0], true);
    // A double holds the sum of two million rows exactly.
    let some = 0;
    for (let row = 0; row * rowBytes < bytes.length; row++) {
      place.view.setUint32(8, row, true);
      some += crc32(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), crc32(place.bytes));
      if (some > 2 ** 52) [sum, some] = [sum + BigInt(some), 0];
    }
    sum += BigInt(some);
  }
  return BigInt.asUintN(64, sum);
}

function decoded(file: OpenFile, page: Copy, slot: number, copies: Copy[]): Tables {
  // Names in use never change, so they may be copied last. But a power cut may have lost the newest of them.
  const names = copyOf(file, "names", 0, wordOf(page, slot, "namesBytes")).bytes;
  if (BigInt(crc32(names)) !== wordOf(page, slot, "namesCrc")) throw damaged(file.path, "the names do not match their checksum");
  const texts = { names, decode: (bytes: Uint8Array | undefined) => utf8(bytes, file.path) };
  const rowsOf = (table: Table, index: number) => {
    const { rowBytes } = file.areas[table];
    const { bytes, view } = copies[index]!;
    return Array.from({ length: bytes.length / rowBytes }, (_, row) => ROWS[table].read(view, row * rowBytes, texts));
  };
  const tables = Object.fromEntries(TABLES.map((table, index) => [table, rowsOf(table, index)])) as unknown as Tables;
  const oldest = Number(wordOf(page, slot, "historyOldest"));
  if (oldest >= Math.max(tables.history.length, 1)) throw damaged(file.path, "the history begins outside itself");
  tables.history.push(...tables.history.splice(0, oldest));
  return tables;
}
