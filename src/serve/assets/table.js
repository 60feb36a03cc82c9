// The chart's figures as a table. Most people never open it, so it is made when it is opened.
// Invariant: while it is closed nothing is made; while it is open, only cells that differ change. Rows beyond the most are counted in words.
// @ts-check

import { byId, make, write } from "./page.js";
import * as words from "./words.js";

const MOST_ROWS = 400;

/** @type {{ head: string[], count: number, row: (index: number) => string[] } | null} */
let wanted = null;

/** @param {string[]} head @param {number} count of rows @param {(index: number) => string[]} row a row's cells, the newest row first */
export function showTable(head, count, row) {
  wanted = { head, count, row };
  fill();
}

function fill() {
  const table = /** @type {HTMLTableElement} */ (byId("figures-table"));
  const isOpen = /** @type {HTMLDetailsElement} */ (byId("figures")).open;
  if (!wanted || !isOpen) return table.replaceChildren();
  const { head, count, row } = wanted;
  const rows = Array.from({ length: Math.min(count, MOST_ROWS) }, (_, index) => row(index));
  const shape = JSON.stringify([head, rows.length]);
  if (table.dataset.shape !== shape || !table.firstElementChild) {
    table.dataset.shape = shape;
    const cell = (/** @type {number} */ index) => (index === 0 ? make("th", { scope: "row" }) : make("td", { class: "n" }));
    table.replaceChildren(
      make("caption", {}),
      make("thead", {}, make("tr", {}, ...head.map((name, index) => make("th", { scope: "col", class: index > 0 ? "n" : null }, make("bdi", {}, name))))),
      make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((_, index) => cell(index))))),
    );
  }
  const left = count - rows.length;
  write(/** @type {Element} */ (table.caption), left > 0 ? `The newest ${words.whole(rows.length)} of ${words.whole(count)}: fewer days or longer steps show the rest` : "");
  const body = /** @type {HTMLTableSectionElement} */ (table.tBodies[0]);
  rows.forEach((cells, at) => cells.forEach((text, index) => write(/** @type {Element} */ (body.rows[at]?.cells[index]), text)));
}

byId("figures").addEventListener("toggle", fill);
