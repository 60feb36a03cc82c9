// Money as it is in the file, integers of picodollars (10⁻¹² USD), and as people write it.
//
// Invariant: no amount passes through floating point, so sums and texts are exact. For everybody.

const DECIMALS = 12;

/**
 * An amount in dollars as a decimal: exact and as short as possible (`"114.34097437"`), or rounded half up to that many
 * decimals (`dollars(cost, 2)` gives `"114.34"`).
 */
export function dollars(picodollars: bigint, decimals?: number): string {
  const places = Math.min(Math.max(Math.trunc(decimals ?? DECIMALS), 0), DECIMALS);
  const unit = 10n ** BigInt(DECIMALS - places);
  const amount = picodollars < 0n ? -picodollars : picodollars;
  const digits = ((amount + unit / 2n) / unit).toString().padStart(places + 1, "0");
  const at = digits.length - places;
  const part = decimals === undefined ? digits.slice(at).replace(/0+$/, "") : digits.slice(at);
  return `${picodollars < 0n ? "-" : ""}${digits.slice(0, at)}${part && `.${part}`}`;
}
