// The static part of page 0: what a file is, who wrote it and where its regions are.
//
// Invariant: what `areasOf` returns lies inside the file: regions are aligned, overlap neither page 0 nor each other, and
// rows are at least as long as this version knows them. Who has it need not check offsets. Used by `file`.

import { check, SnapshotError } from "./errors.js";
import { BANK, BYTE, ENTRY, HEALTH, IDENTITY, type Identity, INDEX, type Region, REGIONS } from "./layout.js";
import { crc32 } from "./sums.js";
import { Texts } from "./texts.js";

/** Where a region is. `capacity` is rows of one copy, `stride` the bytes from one copy to the next. */
export type Area = { offset: number; rowBytes: number; capacity: number; stride: number };
export type Areas = Readonly<Record<Region, Area>>;

export const PAGE_BYTES = 8192;
/** Of bytes in a file, and of rows in a region. */
const MOST = 2 ** 32;
const MOST_ROW_BYTES = 65_536;
const ALIGN = 64;
const ENTRIES = 32;
const MAGIC = Buffer.from("CCOSNAP\n").readBigUInt64LE();
const ENDIAN_MARK = 0x0102030405060708n;
/** The schema of the version that this reader was written for. */
const SCHEMA = { version: "1.1", hash: 0x77750dea6c18ae3fn };

/** What the static part in `page` says, which is that of a file of `fileBytes` at `path`. */
export function identityOf(page: DataView, fileBytes: bigint, path: string): Identity {
  const { magic, endianMark, version, schemaHash, checksum } = IDENTITY.offsets;
  const word = (at: number) => page.getBigUint64(at, true);
  const isSwapped = page.getBigUint64(magic) === MAGIC || page.getBigUint64(endianMark) === ENDIAN_MARK;
  if (isSwapped) throw new SnapshotError("ByteOrder", path);
  if (word(magic) !== MAGIC) throw new SnapshotError("NotASnapshot", path, "it lacks the magic number");
  check(word(endianMark) === ENDIAN_MARK, path, "the mark of byte order is wrong");
  const major = page.getUint32(version + 4, true);
  if (major !== 1) throw new SnapshotError("Version", path, `${major}, and this reader knows 1`);
  const sum = BigInt(crc32(new Uint8Array(page.buffer, 0, checksum)));
  check(word(checksum) === sum, path, "the checksum of the static part is wrong");
  const identity = IDENTITY.read(page, 0, new Texts(path));
  check(identity.fileBytes === fileBytes, path, "it does not have the length it was created with");
  check(fileBytes <= MOST, path, "it is larger than a snapshot can be");
  const isKnown = identity.version !== SCHEMA.version || word(schemaHash) === SCHEMA.hash;
  check(isKnown, path, "the schema hash is not that of its version");
  check(identity.epoch !== 0n, path, "the epoch is zero");
  return identity;
}

/** Where the directory in `page` puts all regions. */
export function areasOf(page: DataView, fileBytes: bigint, path: string): Areas {
  const entries = Array.from({ length: ENTRIES }, (_, entry) => IDENTITY.offsets.directory + entry * ENTRY.bytes);
  const areas = Object.entries(REGIONS).map(([region, row], index) => {
    const [at = 0, ...more] = entries.filter((at) => page.getUint32(at, true) === index + 1);
    check(at > 0 && more.length === 0, path, "a region is missing from the directory or listed twice");
    const rowBytes = page.getUint32(at + 4, true);
    const { offset, capacity } = ENTRY.read(page, at);
    check(offset >= PAGE_BYTES && offset % ALIGN === 0, path, "a region starts at an impossible offset");
    const isWhole = row === BYTE ? rowBytes === 1 : rowBytes >= row.bytes && rowBytes % 8 === 0;
    check(isWhole && rowBytes <= MOST_ROW_BYTES, path, "a region has an impossible row size");
    const fixed = row === BANK ? 2 : row === HEALTH ? 4 : capacity;
    check(capacity >= 1 && capacity <= MOST && capacity === fixed, path, "a region has an impossible capacity");
    check(row !== INDEX || (capacity & (capacity - 1)) === 0, path, "an index's capacity is not a power of two");
    const stride = Math.ceil((rowBytes * capacity) / ALIGN) * ALIGN;
    const end = offset + stride * (row === BANK || row === HEALTH || row === BYTE ? 1 : 2);
    check(end <= fileBytes, path, "a region ends after the end of the file");
    return { region, end, area: { offset, rowBytes, capacity, stride } };
  });
  const ordered = [...areas].sort((a, b) => a.area.offset - b.area.offset);
  const isApart = ordered.every(({ area }, index) => area.offset >= (ordered[index - 1]?.end ?? 0));
  check(isApart, path, "two regions overlap");
  return Object.fromEntries(areas.map(({ region, area }) => [region, area])) as Areas;
}
