// The account's limits as gauges, with the time of their reset.
// Invariant: a limit that nobody reported, or that was reset since, has no figure.
// @ts-check

import { byId, describe, draw, make, write } from "./page.js";
import * as words from "./words.js";

/** @import { Head, Limit } from "./api.js" */

const ARC = "M 12 58 A 48 48 0 0 1 108 58";
const LIMITS = /** @type {const} */ ([["five_hour", "5 hours"], ["seven_day", "7 days"]]);
/** From here on a limit is worth a look, and nearly used up, in percent. */
const [NEAR, OVER] = [80, 95];

/** @param {Head["limits"]} limits @param {number} now ms, of the server */
export function showLimits(limits, now) {
  const place = byId("gauges");
  if (!place.firstElementChild) place.append(...LIMITS.map(([, name]) => gauge(name)));
  LIMITS.forEach(([kind, name], index) => {
    const shown = place.children[index];
    if (shown) show(shown, name, limits[kind], now);
  });
}

/** @param {string} name */
function gauge(name) {
  const arc = (/** @type {string} */ kind) => draw("path", { d: ARC, class: kind, pathLength: 100, "stroke-linecap": "butt" });
  const picture = draw("svg", { viewBox: "0 0 120 66", "aria-hidden": "true" }, arc("track"), arc("value"), draw("text", { x: 60, y: 56 }));
  return make("div", { class: "gauge" }, picture, make("p", {}, name), make("p", { class: "dim" }, words.UNKNOWN));
}

/** @param {Element} shown @param {string} name @param {Limit | null} limit @param {number} now */
function show(shown, name, limit, now) {
  const [picture, , says] = shown.children;
  const value = picture?.children[1];
  const figure = picture?.children[2];
  if (!value || !figure || !says) return;
  const resets = limit?.resets_at ? Date.parse(limit.resets_at) : null;
  const isOver = limit !== null && (limit.is_over || (resets !== null && resets <= now));
  const used = limit && !isOver ? limit.used_percentage : null;
  write(figure, used === null ? words.UNKNOWN : `${Math.floor(used)}%`);
  const level = used === null || used < NEAR ? "" : used < OVER ? "near" : "over";
  describe(value, { class: `value ${level}`, "stroke-dasharray": `${Math.min(used ?? 0, 100)} 200`, visibility: used ? "visible" : "hidden" });
  if (used === null) {
    for (const attribute of ["role", "aria-label", "aria-valuenow", "aria-valuemin", "aria-valuemax"]) shown.removeAttribute(attribute);
  } else {
    describe(shown, { role: "meter", "aria-label": `${name} limit`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.floor(used) });
  }
  if (limit === null) write(says, "not reported yet");
  else if (isOver) write(says, "was reset; not reported since");
  else if (resets === null) write(says, "reset time unknown");
  else write(says, `resets in ${words.span(resets - now)}, ${words.time(resets, resets - now < 86_400_000 ? "clock" : "moment")}`);
}
