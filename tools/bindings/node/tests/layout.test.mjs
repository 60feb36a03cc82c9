// The structs of this package are those of the layout that every snapshot carries.
// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import * as layout from "../dist/layout.js";
import { golden } from "./golden.mjs";

/** @typedef {{ name: string, offset: number, bytes: number, type: string, values?: Record<string, string> }} Field */

/** What later minor versions than the golden file's have added. */
const LATER = { health: { passUsSum: 640, commitUsSum: 648, publishUsSum: 656 } };
const UNREAD = new Set(["magic", "endian_mark", "directory", "checksum", "notify", "reserved"]);
/** @param {string} name */
const camel = (name) => (name === "state" ? "stopped" : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()));

/** The layout as it stands in the golden file. */
function published() {
  const page = golden();
  const entries = Array.from({ length: 32 }, (_, entry) => 192 + 24 * entry);
  const at = entries.find((at) => page.readUInt32LE(at) === 14) ?? assert.fail("no layout");
  const start = Number(page.readBigUInt64LE(at + 8));
  return JSON.parse(page.toString("utf8", start, start + Number(page.readBigUInt64LE(at + 16))));
}

/** @param {{ offsets: Record<string, number> }} struct @param {Field[]} fields @param {string} what */
function same(struct, fields, what) {
  const known = fields.filter(({ name, offset }) => !UNREAD.has(name) || camel(name) in struct.offsets && struct.offsets[camel(name)] === offset);
  const later = /** @type {Record<string, object>} */ (LATER)[what];
  const expected = { ...Object.fromEntries(known.map(({ name, offset }) => [camel(name), offset])), ...later };
  assert.deepEqual({ ...struct.offsets }, expected, what);
}

test("every field is where the layout says", () => {
  const { structs, regions } = published();
  /** @param {string} name @returns {Field[]} */
  const of = (name) => [...structs, ...regions].find((/** @type {{ name: string }} */ part) => part.name === name).fields;
  same(layout.IDENTITY, of("static"), "static");
  same(layout.CONTROL, of("control"), "control");
  same(layout.SLOT, of("slot"), "slot");
  same(layout.COUNTERS, of("counters"), "counters");
  same(layout.PERIOD, of("period"), "period");
  same(layout.LIMIT, of("limit"), "limit");
  same(layout.ENTRY, of("directory_entry"), "directory entry");
  same(layout.BANK, of("banks"), "banks");
  same(layout.HEALTH, of("health"), "health");
  for (const [table, row] of Object.entries(layout.ROWS)) same(row, of(table), table);
});

test("every region is known, in the order of the lengths in a slot", () => {
  const { structs, regions } = published();
  const known = Object.entries(layout.REGIONS).map(([name, [id, bytes, copies]]) => [id, name, bytes, copies]);
  assert.deepEqual(known, regions.map((/** @type {any} */ region) => [region.id, region.name, region.row_bytes, region.copies]));
  const slot = structs.find((/** @type {any} */ part) => part.name === "slot").fields;
  const lengths = slot.filter((/** @type {Field} */ field) => /_rows$/.test(field.name)).map((/** @type {Field} */ field) => field.name.replace("_rows", ""));
  assert.deepEqual(Object.keys(layout.ROWS), lengths);
});
