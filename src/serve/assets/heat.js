// The heat map: a cell for each day of the last year, a column for each week. Arrow keys and the pointer choose a day, whose
// figures are then shown.
// Invariant: a day without usage says so; a day that is still to come has no cell to choose.
// @ts-check

import { get } from "./api.js";
import { byId, describe, make, write } from "./page.js";
import { figure } from "./usage.js";
import * as words from "./words.js";

/** @import { Row } from "./api.js" */
/** @import { Filters } from "./link.js" */

const DAYS = 371;
const DAY_MS = 86_400_000;
const LEAST_CELL_PX = 11;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** @type {Map<string, Row>} */
let rows = new Map();
/** The day that the keyboard is at. */
let chosen = "";
/** @type {{ filters: Filters, today: string } | null} */
let shown = null;

/** @param {Filters} filters @param {number} now ms, of the server */
export async function showDays(filters, now) {
  const only = { project: filters.project, model: filters.model };
  const days = await get("/api/daily", { last: DAYS, ...only });
  rows = new Map(days.rows.map((/** @type {Row} */ row) => [row.date ?? "", row]));
  shown = { filters, today: words.date(now) };
  drawDays();
}

/** A day so many days after another; days are counted in UTC, which has no change of clocks. @param {string} date @param {number} days */
function after(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function drawDays() {
  if (!shown) return;
  const { filters, today } = shown;
  const place = byId("heat");
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const room = place.clientWidth - size * 2.3;
  if (room <= 0) return;
  const weeks = Math.max(4, Math.min(53, Math.floor(room / (LEAST_CELL_PX + 2))));
  place.style.setProperty("--weeks", String(weeks));
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  const first = after(today, -weekday - (weeks - 1) * 7);
  if (chosen < first || chosen > today) chosen = today;
  const level = levels(first, filters);
  const months = Array.from({ length: weeks }, (_, week) => {
    const monday = after(first, week * 7);
    const isNew = week === 0 ? Number(monday.slice(8)) < 20 : after(monday, -7).slice(0, 7) !== monday.slice(0, 7);
    return make("div", {}, isNew ? new Date(`${monday}T00:00:00Z`).toLocaleString("en-GB", { month: "short", timeZone: "UTC" }) : "");
  });
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(make("div", { class: "months", "aria-hidden": "true" }, make("div"), ...months), ...WEEKDAYS.map((name, row) =>
    make("div", { role: "row" }, make("div", { role: "rowheader" }, row % 2 === 0 ? name : make("span", { class: "unseen" }, name)), ...Array.from({ length: weeks }, (_, week) => {
      const date = after(first, week * 7 + row);
      if (date > today) return make("div", { role: "gridcell", class: "none" });
      return make("div", { role: "gridcell", class: `l${level(date)}`, "data-date": date, tabindex: date === chosen ? 0 : -1, "aria-label": says(date) });
    }))));
  if (hadFocus) cell(chosen)?.focus({ preventScroll: true });
}

/** How dark a day is: by quarters of the days with usage. @param {string} first @param {Filters} filters */
function levels(first, filters) {
  const figures = [...rows.values()].filter((row) => (row.date ?? "") >= first).map((row) => figure(row, filters)).filter((value) => value > 0).sort((a, b) => a - b);
  return (/** @type {string} */ date) => {
    const row = rows.get(date);
    const value = row ? figure(row, filters) : 0;
    if (value <= 0) return row && row.requests > 0 ? 1 : 0;
    const below = figures.findIndex((other) => other >= value);
    return Math.min(4, 1 + Math.floor((below / Math.max(1, figures.length - 1)) * 3.999));
  };
}

/** @param {string} date */
function says(date) {
  const row = rows.get(date);
  const day = new Date(`${date}T00:00:00Z`);
  const name = day.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  if (!row) return `${name}: no usage`;
  return `${name}: ${words.cost(row, day.getTime())}, ${words.short(row.total_tokens)} tokens, ${words.counted(row.requests, "request")}`;
}

/** @param {string} date @returns {HTMLElement | null} */
function cell(date) {
  return byId("heat").querySelector(`[data-date="${date}"]`);
}

/** @param {string} date */
function choose(date) {
  const next = cell(date);
  if (!next) return;
  cell(chosen)?.setAttribute("tabindex", "-1");
  chosen = date;
  next.setAttribute("tabindex", "0");
  next.focus();
}

const MOVES = /** @type {Record<string, number>} */ ({ ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, PageUp: -28, PageDown: 28 });
byId("heat").addEventListener("keydown", (event) => {
  const move = MOVES[event.key];
  if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  choose(after(chosen, move));
});
for (const kind of ["pointerover", "focusin"]) {
  byId("heat").addEventListener(kind, (event) => {
    const date = event.target instanceof HTMLElement ? event.target.dataset.date : undefined;
    if (date) write(byId("day-reading"), says(date));
  });
}
byId("heat").addEventListener("click", (event) => {
  const date = event.target instanceof HTMLElement ? event.target.dataset.date : undefined;
  if (date) choose(date);
});
let width = 0;
new ResizeObserver(() => {
  const now = byId("heat").clientWidth;
  if (now !== width) {
    width = now;
    describe(byId("heat"), { "aria-readonly": "true" });
    drawDays();
  }
}).observe(byId("heat"));
