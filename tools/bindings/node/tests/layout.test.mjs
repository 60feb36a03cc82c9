// The structs of this package are those of the layout that every snapshot carries.
// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import * as layout from "../dist/layout.js";
import { golden } from "./golden.mjs";

/** @typedef {{ name: string, offset: number, bytes: number, type: string, values?: Record<string, string> }} Field */

/** What later minor versions than the golden file's have added. */
const LATER = { health: { passUsSum: 640, commitUsSum: 648, publishUsSum: 656 } };
/** Words of which this reader knows nothing, or that are room for later ones. */
const UNREAD = new Set(["notify", "reserved"]);
/** What has another name here, because its value is another one or it stands for several words. */
const RENAMED = /** @type {Record<string, string>} */ ({ state: "stopped", "slot.sequence": "generation", models_rows: "rows" });
/** @param {string} name */
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

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
  const read = fields.filter(({ name }) => !UNREAD.has(name) && !/^(?!models).*_rows$/.test(name));
  const named = read.map(({ name, offset }) => [RENAMED[`${what}.${name}`] ?? RENAMED[name] ?? camel(name), offset]);
  const expected = { .../** @type {Record<string, object>} */ (LATER)[what], ...Object.fromEntries(named) };
  const known = Object.entries(struct.offsets).filter(([name]) => !name.startsWith("reserved"));
  assert.deepEqual(Object.fromEntries(known), expected, what);
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

test("every region is known, in the order of their numbers, and of the lengths in a slot", () => {
  const { structs, regions } = published();
  const { REGIONS, ROWS, INDEX, SLOT } = layout;
  const known = Object.entries(REGIONS).map(([name, { bytes }], index) => [index + 1, name, bytes]);
  assert.deepEqual(known, regions.map((/** @type {any} */ region) => [region.id, region.name, region.row_bytes]));
  // Both banks have what is a table or an index, and nothing else.
  const twice = Object.entries(REGIONS).filter(([name, row]) => name in ROWS || row === INDEX).map(([name]) => name);
  assert.deepEqual(twice, regions.filter((/** @type {any} */ region) => region.copies === 2).map((/** @type {any} */ region) => region.name));
  const slot = structs.find((/** @type {any} */ part) => part.name === "slot");
  const lengths = slot.fields.filter((/** @type {Field} */ field) => /_rows$/.test(field.name));
  const places = Object.keys(ROWS).map((name, index) => [`${name}_rows`, SLOT.offsets.rows + 8 * index]);
  assert.deepEqual(lengths.map((/** @type {Field} */ field) => [field.name, field.offset]), places);
  assert.equal(SLOT.bytes, slot.bytes);
});
