// Money as it is in the file, integers of picodollars (10⁻¹² USD), and as people write it.
//
// Invariant: no amount passes through floating point, so sums and texts are exact. For everybody.

const PER_DOLLAR = 1_000_000_000_000n;
const DECIMALS = 12;

/**
 * An amount in dollars as a decimal: exact and as short as possible (`"114.34097437"`), or rounded half up to that many
 * decimals (`dollars(cost, 2)` gives `"114.34"`).
 */
export function dollars(picodollars: bigint, decimals?: number): string {
  const sign = picodollars < 0n ? "-" : "";
  const amount = picodollars < 0n ? -picodollars : picodollars;
  if (decimals === undefined) return sign + text(amount, DECIMALS).replace(/\.?0+$/, "");
  const places = Math.min(Math.max(Math.trunc(decimals), 0), DECIMALS);
  const unit = 10n ** BigInt(DECIMALS - places);
  return sign + text(((amount + unit / 2n) / unit) * unit, places);
}

/** An amount with the first `places` of its twelve decimals. */
function text(amount: bigint, places: number): string {
  const fraction = (amount % PER_DOLLAR).toString().padStart(DECIMALS, "0").slice(0, places);
  return places ? `${amount / PER_DOLLAR}.${fraction}` : `${amount / PER_DOLLAR}`;
}
