// Alerts that go on, above everything else: what is so, what to do about it, and when it was sent.
// Invariant: without alerts there is nothing; one that is over goes by itself; the same alerts are not announced again.
// @ts-check

import { byId, make } from "./page.js";
import * as words from "./words.js";

/** @import { Alert } from "./api.js" */

/** So many are shown, the newest; the others are behind a line that says how many. */
const MOST = 3;
const HALF_DAY_MS = 43_200_000;
let shown = "[]";

/** @param {Alert[] | undefined} alerts a server that knows of none leaves them out @param {number} now ms, of the server */
export function showAlerts(alerts, now) {
  const goesOn = (/** @type {Alert} */ alert) => typeof alert?.message === "string" && !(Date.parse(alert.until ?? "") <= now);
  const active = Array.isArray(alerts) ? alerts.filter(goesOn).reverse() : [];
  const key = JSON.stringify(active.map((alert) => [alert, told(alert, now)]));
  if (key === shown) return;
  shown = key;
  const list = (/** @type {Alert[]} */ some) => make("ul", {}, ...some.map((alert) => item(alert, now)));
  const rest = active.slice(MOST);
  const parts = active.length > 0 ? [list(active.slice(0, MOST))] : [];
  if (rest.length > 0) parts.push(/** @type {any} */ (make("details", {}, make("summary", {}, `${words.whole(rest.length)} more`), list(rest))));
  byId("alerts").replaceChildren(...parts);
}

/** @param {Alert} alert @param {number} now */
function item(alert, now) {
  const { kind, message, advice } = alert;
  return make("li", { class: kind === "stale" ? "bad" : null }, make("b", {}, sentence(message)), advice ? ` ${sentence(advice)}` : "", make("span", { class: "dim" }, told(alert, now)));
}

/** When it was sent: its words are of that moment. @param {Alert} alert @param {number} now */
function told({ at }, now) {
  const then = Date.parse(at ?? "");
  if (Number.isNaN(then)) return "";
  return now - then < HALF_DAY_MS ? ` Sent at ${words.time(then, "clock")}.` : ` Sent on ${words.time(then, "moment")}.`;
}

/** @param {string} text */
function sentence(text) {
  const shown = words.plain(text);
  return `${shown.slice(0, 1).toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? "" : "."}`;
}
