// The static part of page 0: what a file is, who wrote it and where its regions are.
//
// Invariant: what `identify` returns lies inside the file: regions are aligned, overlap neither page 0 nor each other,
// and rows are at least as long as this version knows them. Who has it need not check offsets. Used by `file`.

import { Code, damaged, notASnapshot, SnapshotError, utf8 } from "./errors.js";
import { ENTRY, IDENTITY, type Identity, type Region, REGIONS } from "./layout.js";
import { NO_TEXTS } from "./struct.js";
import { crc32 } from "./sums.js";

/** Where a region is. */
export interface Area {
  offset: number;
  rowBytes: number;
  /** Rows of one copy. */
  capacity: number;
  /** Bytes from one copy to the next. */
  stride: number;
}
export type Areas = Readonly<Record<Region, Area>>;

export const PAGE_BYTES = 8192;
const FILE_BYTES_MAX = 2 ** 32;
const CAPACITY_MAX = 2 ** 32;
const ROW_BYTES_MAX = 65_536;
const ALIGN = 64;
const DIRECTORY_AT = 192;
const DIRECTORY_ENTRIES = 32;
const CHECKSUM_AT = 1016;
const MAGIC = Buffer.from("CCOSNAP\n").readBigUInt64LE();
const ENDIAN_MARK = 0x0102030405060708n;
/** Of layout 1.1, the one that this reader was written for. */
const SCHEMA_HASH = 0x77750dea6c18ae3fn;
const MINOR = 1;

/** Checks the static part in `page`, which is that of a file of `fileBytes` at `path`. */
export function identify(page: Buffer, fileBytes: number, path: string): { identity: Identity; areas: Areas } {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const { offsets } = IDENTITY;
  const word = (at: number) => view.getBigUint64(at, true);
  if (view.getBigUint64(offsets.magic) === MAGIC || view.getBigUint64(offsets.endianMark) === ENDIAN_MARK) {
    throw new SnapshotError(Code.ByteOrder, `${path} was written on a machine with the other byte order: publish it again on this one`);
  }
  if (word(offsets.magic) !== MAGIC) throw notASnapshot(path, "it lacks the magic number");
  const check = (isRight: boolean, what: string) => {
    if (!isRight) throw damaged(path, what);
  };
  check(word(offsets.endianMark) === ENDIAN_MARK, "the mark of byte order is wrong");
  const [minor, major] = [view.getUint32(offsets.version, true), view.getUint32(offsets.version + 4, true)];
  if (major !== 1) {
    throw new SnapshotError(Code.Version, `${path} has layout version ${major}, this reader knows version 1: update the older of publisher and reader`);
  }
  check(word(CHECKSUM_AT) === BigInt(crc32(page.subarray(0, CHECKSUM_AT))), "the checksum of the static part is wrong");
  check(word(offsets.fileBytes) === BigInt(fileBytes), "the file does not have the length it was created with");
  check(minor !== MINOR || word(offsets.schemaHash) === SCHEMA_HASH, "the schema hash is not that of its version");
  check(word(offsets.epoch) !== 0n, "the epoch is zero");
  check(fileBytes <= FILE_BYTES_MAX, "the file is larger than a snapshot can be");
  const found = new Map<Region, Area>();
  for (let entry = 0; entry < DIRECTORY_ENTRIES; entry++) {
    const at = DIRECTORY_AT + entry * ENTRY.bytes;
    const id = view.getUint32(at, true);
    const region = (Object.keys(REGIONS) as Region[]).find((region) => REGIONS[region][0] === id);
    if (!region) continue; // unused, or of a later minor version
    check(!found.has(region), "a region is listed twice");
    const rowBytes = view.getUint32(at + 4, true);
    // What a double cannot hold exactly is far beyond what is allowed.
    const [offset, capacity] = [Number(word(at + ENTRY.offsets.offset)), Number(word(at + ENTRY.offsets.capacity))];
    const area = { offset, rowBytes, capacity, stride: Math.ceil((rowBytes * capacity) / ALIGN) * ALIGN };
    checkArea(region, area, fileBytes, check);
    found.set(region, area);
  }
  check(found.size === Object.keys(REGIONS).length, "a region is missing from the directory");
  let end = 0;
  for (const [region, area] of [...found].sort(([, a], [, b]) => a.offset - b.offset)) {
    check(area.offset >= end, "two regions overlap");
    end = endOf(region, area);
  }
  const texts = { ...NO_TEXTS, decode: (bytes: Uint8Array | undefined) => utf8(bytes, path) };
  return { identity: { version: `${major}.${minor}`, ...IDENTITY.read(view, 0, texts) }, areas: Object.fromEntries(found) as Record<Region, Area> };
}

function checkArea(region: Region, area: Area, fileBytes: number, check: (isRight: boolean, what: string) => void): void {
  const { offset, rowBytes, capacity } = area;
  const known = REGIONS[region][1];
  const isWhole = known === 1 ? rowBytes === 1 : rowBytes >= known && rowBytes <= ROW_BYTES_MAX && rowBytes % 8 === 0;
  const fixed = region === "banks" ? 2 : region === "health" ? 4 : capacity;
  check(offset >= PAGE_BYTES && offset % ALIGN === 0, "a region starts at an impossible offset");
  check(isWhole, "a region has an impossible row size");
  check(capacity >= 1 && capacity <= CAPACITY_MAX && capacity === fixed, "a region has an impossible capacity");
  check(known !== 8 || (BigInt(capacity) & BigInt(capacity - 1)) === 0n, "an index has a capacity that is not a power of two");
  check(endOf(region, area) <= fileBytes, "a region ends after the end of the file");
}

function endOf(region: Region, area: Area): number {
  return area.offset + area.stride * REGIONS[region][2];
}
