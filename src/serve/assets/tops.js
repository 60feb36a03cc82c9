// The projects and sessions that cost most in the chosen days. A project is a link that shows it alone.
// Invariant: names become text, and links are made from them only as values of a query.
// @ts-check

import { get } from "./api.js";
import { address } from "./link.js";
import { byId, make, put } from "./page.js";
import * as names from "./names.js";
import * as words from "./words.js";

/** @import { Row } from "./api.js" */
/** @import { Filters } from "./link.js" */

const DAY_MS = 86_400_000;
/** Rows in the overview, and in a view of their own. */
const [FEW, MANY] = [8, 200];

/** @param {Filters} filters @param {string} view @param {number} now ms, of the server */
export async function showTops(filters, view, now) {
  const days = Number(filters.last);
  const range = { since: words.date(now - (days - 1) * DAY_MS), project: filters.project, model: filters.model };
  const [projects, sessions] = await Promise.all([get("/api/projects", range), get("/api/sessions", range)]);
  const what = days === 1 ? "today" : `last ${days} days`;
  show("projects", "Project", projects.rows, filters, view, what, (row) => {
    if (document.body.dataset.names === "hidden") return make("bdi", {}, words.plain(row.project ?? ""));
    const href = address({ project: filters.project === row.project ? "" : row.project });
    return make("a", { href, "data-here": "", "data-id": row.project, title: words.plain(row.path ?? row.project ?? "") }, make("bdi", {}, names.projectName(/** @type {any} */ (row))));
  });
  show("sessions", "Session", sessions.rows, filters, view, what, (row) => {
    const name = words.plain(row.session ?? "");
    const project = row.project ? names.projectName(/** @type {any} */ (row)) : "";
    const short = name.length > 12 ? `${name.slice(0, 8)}…` : name;
    return make("span", { title: `${name} ${project}` }, make("bdi", {}, short), " ", make("bdi", { class: "dim" }, project));
  });
}

/**
 * @param {string} id @param {string} title @param {Row[]} rows @param {Filters} filters @param {string} view @param {string} what
 * @param {(row: Row) => HTMLElement} name
 */
function show(id, title, rows, filters, view, what, name) {
  const most = view === id ? MANY : FEW;
  const of = (/** @type {Row} */ row) => (filters.show === "cost" ? row.cost_usd : row.total_tokens);
  const sorted = rows.toSorted((a, b) => of(b) - of(a) || b.total_tokens - a.total_tokens);
  put(`${id}.range`, sorted.length > most ? `${most} of ${words.whole(sorted.length)}, ${what}` : what);
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, title), make("th", { scope: "col", class: "n t" }, "Requests"),
    make("th", { scope: "col", class: "n" }, "Tokens"), make("th", { scope: "col", class: "n" }, "Cost")));
  const body = sorted.slice(0, most).map((row) => make("tr", {}, make("td", {}, name(row)), make("td", { class: "n t" }, words.whole(row.requests)),
    make("td", { class: "n" }, words.short(row.total_tokens)), make("td", { class: "n" }, words.cost(row, Date.parse(row.last ?? "")))));
  if (body.length === 0) body.push(make("tr", {}, make("td", { colspan: 4, class: "dim" }, `No usage, ${what}`)));
  keepFocus(byId(id), () => byId(id).replaceChildren(head, make("tbody", {}, ...body)));
}

/** Draws again; the keyboard stays at what it was at, or goes to the heading if that is gone. @param {HTMLElement} place @param {() => void} drawAgain */
function keepFocus(place, drawAgain) {
  const at = document.activeElement;
  const id = at instanceof HTMLElement && place.contains(at) ? at.dataset.id : undefined;
  drawAgain();
  if (id === undefined) return;
  const again = [...place.querySelectorAll("a")].find((link) => link.dataset.id === id);
  (again ?? place.parentElement?.querySelector("a"))?.focus({ preventScroll: true });
}
