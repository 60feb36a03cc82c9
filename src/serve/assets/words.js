// How figures, times and names look to people: as in the reports of `cco`.
// Invariant: what is not known is a dash; a cost that leaves tokens out is never a bare amount.
// @ts-check

/** @import { Sums } from "./api.js" */

export const UNKNOWN = "–";
const RECENT_MS = 30 * 86_400_000;
const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const WHOLE = new Intl.NumberFormat("en-US");

/** @param {number} usd */
export function dollars(usd) {
  return usd > 0 && usd < 0.005 ? "<$0.01" : MONEY.format(usd);
}

/** `~$1.20+`: provisional, and without some tokens. @param {Sums | null | undefined} sums @param {number} [end] ms */
export function cost(sums, end = Date.now()) {
  if (!sums) return UNKNOWN;
  return amount(sums.cost_usd, sums.unpriced_tokens, isProvisional(sums, end));
}

/** @param {number} usd @param {number} unpriced @param {boolean} [isProvisional] */
export function amount(usd, unpriced, isProvisional = false) {
  if (usd === 0 && unpriced > 0) return "no price";
  return `${isProvisional && usd !== 0 ? "~" : ""}${dollars(usd)}${unpriced > 0 ? "+" : ""}`;
}

/** Whether more than a tenth of the output is provisional, of a period that is recent. @param {Sums} sums @param {number} end */
function isProvisional(sums, end) {
  return sums.provisional_output_tokens * 10 > sums.output_tokens && end >= Date.now() - RECENT_MS;
}

/**
 * Rounded down, so that 100% is all of it. The tolerance is for amounts that a number does not have exactly: 29 of 100 is not
 * 28%.
 * @param {number} part @param {number} all
 */
export function wholePercent(part, all) {
  return `${whole(all > 0 ? Math.floor((part * 100) / all + 1e-9) : 100)}%`;
}

/** @param {number | null | undefined} count */
export function whole(count) {
  return typeof count === "number" ? WHOLE.format(count) : UNKNOWN;
}

/**
 * In the largest unit of which there is one, rounded half up: 999,950 is 1.0 million, not 1000.0 thousand.
 * @param {number} count @param {string[]} units each a thousand times the one before it
 */
function scaled(count, units) {
  const [ones, ...larger] = units;
  const number = Math.round(count);
  let [size, text] = [1, `${number}${ones}`];
  for (const unit of number < 1000 ? [] : larger) {
    size *= 1000;
    const tenths = Math.round(number / (size / 10));
    text = `${WHOLE.format(Math.floor(tenths / 10))}.${tenths % 10}${unit}`;
    if (tenths < 10_000) break;
  }
  return text;
}

/** `133.8M` @param {number | null | undefined} count */
export function short(count) {
  return typeof count === "number" ? scaled(count, ["", "k", "M", "G"]) : UNKNOWN;
}

/** `1 request`, `2 requests` @param {number} count @param {string} what */
export function counted(count, what) {
  return `${whole(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** `39s`, `12m`, `2h 50m`, `4d 2h` @param {number} ms */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  /** @param {string} large @param {number} rest @param {string} unit */
  const two = (large, rest, unit) => (rest ? `${large} ${rest}${unit}` : large);
  if (seconds < 60) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m`;
  return hours < 24 ? two(`${hours}h`, minutes % 60, "m") : two(`${days}d`, hours % 24, "h");
}

/** `740µs`, `12.3ms`, `1.84s` @param {number} us */
export function brief(us) {
  if (us < 1000) return `${Math.round(us)}µs`;
  if (us < 999_950) return `${(Math.round(us / 100) / 10).toFixed(1)}ms`;
  return us < 59_995_000 ? `${(Math.round(us / 10_000) / 100).toFixed(2)}s` : span(us / 1000);
}

/** `1.2 GB` @param {number | null | undefined} count */
export function bytes(count) {
  return typeof count === "number" ? scaled(count, [" B", " kB", " MB", " GB"]) : UNKNOWN;
}

/**
 * A name that a stranger chose: what cannot be seen, or would turn text around, is shown as an escape.
 * @param {string} name
 */
export function plain(name) {
  if (name.trim() === "") return `“${name.length > 9 ? "" : name}”`;
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

let zone = /** @type {string | undefined} */ (undefined);
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Times are those of the publisher's zone from now on. @param {string} name */
export function useZone(name) {
  if (name === zone) return;
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    zone = name;
  } catch {
    // A zone that this browser does not know: its own has to do.
    zone = undefined;
  }
  formats.clear();
}

/** The zone in use. */
export function zoneName() {
  return zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const SHAPES = {
  clock: /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" }),
  day: /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short", year: "numeric" }),
  short: /** @type {const} */ ({ day: "numeric", month: "short" }),
  moment: /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
};

/** @param {number} ms @param {keyof typeof SHAPES} shape */
export function time(ms, shape) {
  let format = formats.get(shape);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", { ...SHAPES[shape], hourCycle: "h23", timeZone: zone });
    formats.set(shape, format);
  }
  return format.format(ms);
}

/** The day as `2026-11-27`. @param {number} ms */
export function date(ms) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);
}
