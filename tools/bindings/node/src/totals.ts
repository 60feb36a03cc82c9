// What periods and sets of counters mean.
//
// Invariant: pure. For everybody.

import type { Counters, Period } from "./layout.js";

/** Sum of the five kinds of tokens: input, output, both cache writes and cache reads. */
export function totalTokens(counters: Counters): bigint {
  const { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens } = counters;
  return inputTokens + outputTokens + cacheWrite5mTokens + cacheWrite1hTokens + cacheReadTokens;
}

/** Whether `now` (ms UTC) is past a period's end: its figures are right, but they are not those of the current period. */
export function isOver({ end }: Pick<Period, "end">, now: bigint | number = Date.now()): boolean {
  return now >= end;
}
