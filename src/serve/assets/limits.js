// The account's limits: how much of each is used, when it starts over, whether its pace uses it up before, and how old the report is.
// Invariant: a limit that was reset since its report has no figure. Colours begin where those of the reports do.
// @ts-check

import { byId, fill, make, put, write } from "./page.js";
import * as words from "./words.js";

/** @import { AccountLimit } from "./api.js" */

/** From here on a limit is worth a look, and used up, in percent. */
const [NEAR, OVER] = [80, 100];
const DAY_MS = 86_400_000;

/** @param {AccountLimit[]} limits @param {number} now ms, of the server */
export function showLimits(limits, now) {
  const place = byId("limits");
  const names = limits.map(nameOf);
  const key = JSON.stringify(names);
  if (place.dataset.key !== key) {
    place.dataset.key = key;
    place.replaceChildren(...names.map(row));
  }
  put("limits.none", limits.length > 0 ? "" : "Not reported yet: Claude Code tells them to its status line. To set it up: cco setup claude");
  limits.forEach((limit, index) => show(/** @type {Element} */ (place.children[index]), names[index] ?? "", limit, now));
}

/** @param {AccountLimit} limit */
function nameOf({ kind, scope }) {
  const name = { five_hour: "5 hours", seven_day: "7 days", seven_day_model: "7 days", spend: "Spend" }[kind] ?? "Limit";
  return scope ? `${name}, ${words.plain(scope)}` : name;
}

/** @param {string} name */
function row(name) {
  return make("li", {}, make("p", { class: "line" }, make("bdi", { class: "name", title: name }, name), make("b", {})),
    make("div", { class: "bar" }), make("p", { class: "dim" }), make("p", { class: "pace" }));
}

/** @param {Element} shown @param {string} name @param {AccountLimit} limit @param {number} now */
function show(shown, name, limit, now) {
  const [line, bar, report, pace] = shown.children;
  const figure = line?.children[1];
  if (!figure || !(bar instanceof HTMLElement) || !report || !pace) return;
  const resets = limit.resets_at ? Date.parse(limit.resets_at) : null;
  const isOver = limit.is_over || (resets !== null && resets <= now);
  const used = isOver ? null : limit.used_percentage;
  const level = used === null || used < NEAR ? "" : used < OVER ? "near" : "over";
  write(figure, used === null ? words.UNKNOWN : `${Math.floor(used)}%`);
  figure.className = `mark ${level}`;
  fill(bar, used === null ? null : used / 100, `${name} limit`, level);
  const money = limit.allowed_usd === null ? "" : `${words.dollars(limit.spent_usd ?? 0)} of ${words.dollars(limit.allowed_usd)}, `;
  const age = limit.seen_at ? ` · reported ${words.span(now - Date.parse(limit.seen_at))} ago` : "";
  write(report, money + resetOf(resets, isOver, now) + age);
  const end = isOver || !limit.used_up_at ? 0 : Date.parse(limit.used_up_at);
  const sooner = resets === null ? "" : `, ${words.span(resets - end)} before the reset`;
  write(pace, end > now ? `used up in ${words.span(end - now)} at this pace${sooner}` : "");
}

/** @param {number | null} resets @param {boolean} isOver @param {number} now */
function resetOf(resets, isOver, now) {
  if (isOver) return "was reset; not reported since";
  if (resets === null) return "reset time unknown";
  return `resets in ${words.span(resets - now)}, ${words.time(resets, resets - now < DAY_MS ? "clock" : "moment")}`;
}
