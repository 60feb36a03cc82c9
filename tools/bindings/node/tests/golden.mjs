// A snapshot with something of everything, as bytes and as a file in a temporary folder; and changes to it whose sums are
// right again. For tests.
// @ts-check
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** A folder that is gone when the tests are over. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "cco-reader-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The golden file of layout 1, whose fields all differ. */
export function golden() {
  const [first, ...lines] = readFileSync(join(ROOT, "tests/golden/layout-1.hex"), "utf8").trim().split("\n");
  const bytes = Buffer.alloc(Number(first?.replace("length ", "")));
  for (const line of lines) {
    const [offset, values] = line.split(": ");
    Buffer.from(String(values).replaceAll(" ", ""), "hex").copy(bytes, parseInt(String(offset), 16));
  }
  return bytes;
}

/** Writes a snapshot into a folder of its own and returns its path. */
export function written(bytes = golden()) {
  const path = join(temporaryFolder(), "usage.snapshot");
  writeFileSync(path, bytes);
  return path;
}

/** @param {Buffer} page */
export function sumStatic(page) {
  page.writeBigUInt64LE(BigInt(crc32(page.subarray(0, 1016))), 1016);
}

/** The offset of the newest slot. @param {Buffer} page */
export function newestSlot(page) {
  const slots = [0, 1, 2, 3].map((slot) => 1280 + 1728 * slot);
  return slots.reduce((a, b) => (page.readBigUInt64LE(b) > page.readBigUInt64LE(a) ? b : a));
}

/** @param {Buffer} page @param {number} slot */
export function sumSlot(page, slot) {
  page.writeBigUInt64LE(BigInt(crc32(page.subarray(slot + 16, slot + 1728), crc32(page.subarray(slot, slot + 8)))), slot + 8);
}

/** The directory's entry of a region. @param {number} id */
export const entry = (id) => 192 + 24 * (id - 1);
/** Where a region starts. @param {Buffer} bytes @param {number} id */
export const start = (bytes, id) => Number(bytes.readBigUInt64LE(entry(id) + 8));

/** What rows add to the check of their bank. @param {number} id @param {Buffer} rows @param {number} rowBytes */
function checkOf(id, rows, rowBytes) {
  const place = Buffer.alloc(16);
  place.writeUInt32LE(id);
  let sum = 0n;
  for (let row = 0; row * rowBytes < rows.length; row++) {
    place.writeUInt32LE(row, 8);
    sum += BigInt(crc32(rows.subarray(row * rowBytes, (row + 1) * rowBytes), crc32(place)));
  }
  return sum;
}

/** Gives the newest commit other rows of a table. @param {Buffer} bytes @param {number} id @param {Buffer} rows */
export function putRows(bytes, id, rows) {
  const [slot, rowBytes] = [newestSlot(bytes), bytes.readUInt32LE(entry(id) + 4)];
  const [bank, count] = [Number(bytes.readBigUInt64LE(slot + 32)), slot + 816 + 8 * [4, 5, 6, 7, 8, 9, 12, 13].indexOf(id)];
  const stride = Math.ceil((rowBytes * Number(bytes.readBigUInt64LE(entry(id) + 16))) / 64) * 64;
  const at = start(bytes, id) + bank * stride;
  const before = bytes.subarray(at, at + rowBytes * Number(bytes.readBigUInt64LE(count)));
  const check = start(bytes, 1) + 64 * bank + 8;
  const others = bytes.readBigUInt64LE(check) - checkOf(id, before, rowBytes);
  rows.copy(bytes, at);
  bytes.writeBigUInt64LE(others + checkOf(id, rows, rowBytes), check);
  bytes.writeBigUInt64LE(BigInt(rows.length / rowBytes), count);
  sumSlot(bytes, slot);
}

/** Gives the newest commit other names. @param {Buffer} bytes @param {Buffer} names */
export function putNames(bytes, names) {
  const slot = newestSlot(bytes);
  names.copy(bytes, start(bytes, 3));
  bytes.writeBigUInt64LE(BigInt(names.length), slot + 896);
  bytes.writeBigUInt64LE(BigInt(crc32(names)), slot + 904);
  sumSlot(bytes, slot);
}
