// What is not a snapshot, or a damaged one, is refused with its number; never a crash, never a wrong value.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { Code, open, SnapshotError } from "cco-reader";
import { entry, golden, newestSlot, putNames, putRows, start, sumSlot, sumStatic, temporaryFolder, written } from "./golden.mjs";

/** @param {() => unknown} read */
function codeOf(read) {
  try {
    read();
  } catch (error) {
    if (error instanceof SnapshotError) return error.code;
    throw error;
  }
  return 0;
}

/** The outcome for the golden file with a change. @param {(bytes: Buffer) => void} change */
function outcome(change) {
  const bytes = golden();
  change(bytes);
  const path = written(bytes);
  return codeOf(() => {
    const reader = open(path);
    reader.totals();
    reader.frame();
    reader.health();
  });
}

/** With the sum of the static part made right again. @param {(bytes: Buffer) => void} change */
const ofStatic = (change) => outcome((bytes) => (change(bytes), sumStatic(bytes)));
/** With the sum of the newest slot made right again. @param {(bytes: Buffer, slot: number) => void} change */
const ofSlot = (change) =>
  outcome((bytes) => {
    const slot = newestSlot(bytes);
    change(bytes, slot);
    sumSlot(bytes, slot);
  });
/** Writes a word. @param {number} at @param {bigint} value @returns {(bytes: Buffer) => void} */
const word = (at, value) => (bytes) => void bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);

test("the golden file itself is read", () => {
  assert.equal(outcome(() => {}), 0);
});

test("only regular files of this user or of root are opened, and nothing waits", async () => {
  const folder = temporaryFolder();
  const at = (/** @type {string} */ name) => join(folder, name);
  assert.equal(codeOf(() => open(at("nothing"))), Code.Missing);
  mkdirSync(at("folder"));
  assert.equal(codeOf(() => open(at("folder"))), Code.NotAFile);
  symlinkSync(written(), at("link"));
  assert.equal(codeOf(() => open(at("link"))), Code.NotAFile);
  execFileSync("mkfifo", [at("pipe")]);
  assert.equal(codeOf(() => open(at("pipe"))), Code.NotAFile);
  const server = createServer();
  await new Promise((resolve) => server.listen(at("socket"), () => resolve(null)));
  assert.equal(codeOf(() => open(at("socket"))), Code.NotAFile);
  server.close();
  writeFileSync(at("empty"), "");
  assert.equal(codeOf(() => open(at("empty"))), Code.NotASnapshot);
  assert.equal(codeOf(() => open(join(at("empty"), "below"))), Code.Missing);
});

test("a file of another user is refused", { skip: process.geteuid?.() !== 0 && "only root can give a file away" }, () => {
  const path = written();
  chownSync(path, 1234, 1234);
  // Root reads its own files and those of nobody else.
  assert.equal(codeOf(() => open(path)), Code.ForeignOwner);
});

test("what is no snapshot of this version and byte order has its own number", () => {
  assert.equal(outcome(word(0, 1n)), Code.NotASnapshot);
  assert.equal(outcome((bytes) => bytes.subarray(0, 8).reverse()), Code.ByteOrder);
  assert.equal(outcome((bytes) => bytes.subarray(8, 16).reverse()), Code.ByteOrder);
  assert.equal(outcome(word(8, 7n)), Code.Damaged);
  assert.equal(outcome(word(16, 2n << 32n)), Code.Version, "before all that may differ in another version");
  for (const [minor, code] of [[0n, 0], [1n, Code.Damaged], [2n, 0]]) {
    // The reader knows the schema of 1.1.
    assert.equal(ofStatic((bytes) => (word(16, (1n << 32n) | BigInt(minor ?? 0))(bytes), word(24, 7n)(bytes))), code, `version 1.${minor}`);
  }
  assert.equal(outcome(word(56, 7n)), Code.Damaged, "the checksum");
  assert.equal(ofStatic(word(32, 0n)), Code.Damaged, "the epoch");
  assert.equal(ofStatic(word(40, 7n)), Code.Damaged, "the length");
});

test("regions that a file cannot have are damage", () => {
  const most = 2n ** 64n - 1n;
  for (let id = 1; id <= 14; id++) {
    for (const offset of [0n, 1n, 64n, 8191n, 2n ** 32n, 2n ** 63n, most, most - 63n]) {
      assert.equal(ofStatic(word(entry(id) + 8, offset)), Code.Damaged, `region ${id} at ${offset}`);
    }
    for (const capacity of [0n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 61n, most]) {
      assert.equal(ofStatic(word(entry(id) + 16, capacity)), Code.Damaged, `region ${id} with ${capacity} rows`);
    }
    for (const bytes of [0n, 4n, 65_544n, 2n ** 32n - 8n]) {
      assert.equal(ofStatic(word(entry(id), (bytes << 32n) | BigInt(id))), Code.Damaged, `region ${id} with rows of ${bytes} bytes`);
    }
    assert.equal(ofStatic(word(entry(id), 0n)), Code.Damaged, `no region ${id}`);
    assert.equal(ofStatic((bytes) => bytes.copy(bytes, entry(20), entry(id), entry(id) + 24)), Code.Damaged, `region ${id} twice`);
  }
  assert.equal(ofStatic(word(entry(10) + 16, 4095n)), Code.Damaged, "an index of 4095");
  assert.equal(ofStatic((bytes) => bytes.copy(bytes, entry(7) + 8, entry(8) + 8, entry(8) + 16)), Code.Damaged, "overlapping regions");
  assert.equal(ofStatic(word(entry(20), 99n)), 0, "a region of a later version");
});

test("slots, banks, names and reports that are wrong twice are damage", () => {
  assert.equal(outcome((bytes) => bytes.fill(0, 1280, 8192)), Code.NothingPublished);
  assert.equal(outcome((bytes) => [0, 1, 2, 3].forEach((slot) => bytes.writeBigUInt64LE(7n, 1280 + 1728 * slot))), Code.NothingPublished, "odd slots");
  assert.equal(outcome((bytes) => bytes.writeUInt8(1, newestSlot(bytes) + 1000)), Code.Damaged);
  assert.equal(outcome((bytes) => bytes.writeUInt8(1, newestSlot(bytes) + 12)), Code.Damaged, "the high half of the sum");
  assert.equal(ofSlot((bytes, slot) => word(slot + 32, 2n)(bytes)), Code.Damaged, "bank 2");
  for (let table = 0; table < 8; table++) {
    for (const rows of [2n ** 33n, 2n ** 64n - 1n]) assert.equal(ofSlot((bytes, slot) => word(slot + 816 + 8 * table, rows)(bytes)), Code.Damaged);
    assert.equal(ofSlot((bytes, slot) => word(slot + 816 + 8 * table, 5n)(bytes)), Code.Damaged, "rows that no commit had");
  }
  assert.equal(ofSlot((bytes, slot) => word(slot + 896, 2n ** 40n)(bytes)), Code.Damaged, "names beyond their region");
  assert.equal(ofSlot((bytes, slot) => word(slot + 904, 1n)(bytes)), Code.Damaged, "the sum of the names");
  assert.equal(outcome((bytes) => bytes.writeUInt8(1, start(bytes, 2) + 1024 * 1 + 100)), Code.Damaged, "health");
  assert.equal(outcome((bytes) => bytes.fill(0, start(bytes, 2), start(bytes, 2) + 4096)), 0, "no health");
});

test("a name outside the names, or that is not UTF-8, is damage", () => {
  /** Changes the name of the one model in both banks, and makes the checks right. @param {bigint} name */
  const named = (name) =>
    outcome((bytes) => {
      const [models, banks] = [start(bytes, 4), start(bytes, 1)];
      const stride = Math.ceil((144 * Number(bytes.readBigUInt64LE(entry(4) + 16))) / 64) * 64;
      const place = Buffer.alloc(16);
      place.writeUInt32LE(4);
      for (const bank of [0, 1]) {
        const row = bytes.subarray(models + bank * stride, models + bank * stride + 144);
        const before = crc32(row, crc32(place));
        row.writeBigUInt64LE(name);
        const check = bytes.readBigUInt64LE(banks + 64 * bank + 8) - BigInt(before) + BigInt(crc32(row, crc32(place)));
        word(banks + 64 * bank + 8, check)(bytes);
      }
    });
  assert.equal(named(0xffff_ffffn), 0, "no text, wherever it points");
  assert.equal(named((1n << 32n) | 0xffff_ffffn), Code.Damaged);
  assert.equal(named((0xffff_ffffn << 32n) | 0n), Code.Damaged);
  const names = golden().subarray(start(golden(), 3));
  const half = names.indexOf(Buffer.from("ö")) + 1;
  assert.equal(named((1n << 32n) | BigInt(half)), Code.Damaged, "half a character");
});

/** The golden file with names, and sessions that each have one of these for their name and for their project's. @param {Buffer} names @param {[number, number][]} places offsets and lengths */
function sessionsWith(names, places) {
  const bytes = golden();
  // The names that rows of other tables have stay where they are.
  const known = bytes.subarray(start(bytes, 3), start(bytes, 3) + Number(bytes.readBigUInt64LE(newestSlot(bytes) + 896)));
  const rows = Buffer.alloc(168 * places.length);
  for (const [row, [offset, length]] of places.entries()) {
    rows.writeUInt32LE(known.length + offset, 168 * row);
    rows.writeUInt32LE(length, 168 * row + 4);
    rows.copy(rows, 168 * row + 8, 168 * row, 168 * row + 8);
  }
  putNames(bytes, Buffer.concat([known, names]));
  putRows(bytes, 6, rows);
  return written(bytes);
}

test("one long name in many rows takes the memory of one", () => {
  const names = Buffer.alloc(500_000, "n");
  const reader = open(sessionsWith(names, Array.from({ length: 400 }, () => [0, 500_000])));
  const before = process.memoryUsage().heapUsed;
  const { sessions } = reader.frame();
  const taken = process.memoryUsage().heapUsed - before;
  assert.deepEqual([sessions.length, sessions[399]?.session.length, sessions[399]?.project.length], [400, 500_000, 500_000]);
  // One for each row and field would be 400 MB.
  assert.ok(taken < 40e6, `${taken} bytes`);
});

test("names that overlap are read, unless they are together longer than the file", () => {
  const names = Buffer.from("abcdefgh".repeat(60_000));
  assert.deepEqual(open(sessionsWith(names, [[0, 3], [1, 3]])).frame().sessions.map(({ session }) => session), ["abc", "bcd"]);
  const path = sessionsWith(names, Array.from({ length: 400 }, (_, row) => [row, 400_000]));
  assert.equal(codeOf(() => open(path).frame()), Code.Damaged);
});

test("a history of any length is put in order", () => {
  const rows = 150_000;
  const stride = Math.ceil((136 * rows) / 64) * 64;
  const end = Math.ceil(golden().length / 64) * 64;
  const bytes = Buffer.concat([golden()], end + 2 * stride);
  putRows(bytes, 9, Buffer.of());
  word(entry(9) + 8, BigInt(end))(bytes);
  word(entry(9) + 16, BigInt(rows))(bytes);
  word(40, BigInt(bytes.length))(bytes);
  sumStatic(bytes);
  const history = Buffer.alloc(136 * rows);
  for (let row = 0; row < rows; row++) history.writeUInt32LE(row, 136 * row);
  word(newestSlot(bytes) + 888, BigInt(rows - 1))(bytes);
  putRows(bytes, 9, history);
  const { history: read } = open(written(bytes)).frame();
  assert.deepEqual([read.length, read[0]?.at, read[1]?.at, read.at(-1)?.at], [rows, BigInt(rows - 1), 0n, BigInt(rows - 2)]);
});
