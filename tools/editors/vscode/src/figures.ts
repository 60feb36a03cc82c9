// How figures are written, as in cco's own bars and reports.
//
// Invariant: a cost that leaves tokens without a price out is never a bare amount, and money passes through no floating
// point. Pure; used by what people see.

import { type Counters, dollars } from "cco-reader";

const UNITS = ["", "k", "M", "G"];
const CENT = 10_000_000_000n;

/** `$1,234.56`, `<$0.01`; `$1.20+` if tokens have no price, `~$1.20` if much of the output is provisional. */
export function money(counters: Counters): string {
  const { cost, unpricedTokens } = counters;
  if (cost === 0n && unpricedTokens > 0n) return "no price";
  const mark = cost > 0n && isProvisional(counters) ? "~" : "";
  return `${mark}${amount(cost)}${unpricedTokens > 0n ? "+" : ""}`;
}

export function amount(picodollars: bigint): string {
  if (picodollars > 0n && picodollars < CENT / 2n) return "<$0.01";
  const [whole, cents] = dollars(picodollars, 2).split(".");
  return `$${grouped(BigInt(whole ?? 0))}.${cents}`;
}

/** Whether more than a tenth of the output tokens are a lower bound. */
export function isProvisional({ provisionalOutputTokens, outputTokens }: Counters): boolean {
  return provisionalOutputTokens * 10n > outputTokens;
}

/** `999`, `34.6k`, `133.8M`, rounded half up. */
export function tokens(count: bigint): string {
  let [size, unit] = [1n, 0];
  // What rounds to a thousand of a unit is one of the next.
  while (unit < UNITS.length - 1 && (unit === 0 ? count >= 1000n : tenths(count, size) >= 10_000n)) [size, unit] = [size * 1000n, unit + 1];
  if (unit === 0) return count.toString();
  return `${grouped(tenths(count, size) / 10n)}.${tenths(count, size) % 10n}${UNITS[unit]}`;
}

function tenths(count: bigint, size: bigint): bigint {
  return (count * 10n + size / 2n) / size;
}

export function grouped(number: bigint): string {
  return number.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A duration in its two largest units, cut off: `39s`, `12m`, `2h 50m`, `4d 2h`. */
export function span(ms: bigint): string {
  const seconds = (ms < 0n ? 0n : ms) / 1000n;
  const [minutes, hours, days] = [seconds / 60n, seconds / 3600n, seconds / 86_400n];
  const two = (large: string, small: bigint, unit: string) => (small === 0n ? large : `${large} ${small}${unit}`);
  if (minutes === 0n) return `${seconds}s`;
  if (hours === 0n) return `${minutes}m`;
  return hours < 24n ? two(`${hours}h`, minutes % 60n, "m") : two(`${days}d`, hours % 24n, "h");
}

/** A part in millionths as a whole percentage, cut off. */
export function percent(millionths: bigint): string {
  return `${grouped(millionths / 10_000n)}%`;
}
