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
