// The totals in a copy of page 0, whole or one set of counters.
//
// Invariant: the slot was validated before it is decoded here. Used by the reader.

import { type Copy, sequenceAt } from "./copies.js";
import { CONTROL, type Control, COUNTERS, PERIOD, type Period, SLOT, type Totals } from "./layout.js";
import { NO_TEXTS } from "./struct.js";

/** What a set of counters is over. */
export type Span = "all" | "today" | "week" | "month" | "block";

const CONTROL_AT = 1024;
const FIELDS = { today: "today", week: "thisWeek", month: "thisMonth", block: "block" } as const;
/** All time has no start and no end. */
const ALWAYS = { start: -(2n ** 63n), end: 2n ** 63n - 1n };

export function controlOf({ view }: Copy): Control {
  return CONTROL.read(view, CONTROL_AT, NO_TEXTS);
}

export function isSuperseded({ view }: Copy): boolean {
  return view.getBigUint64(CONTROL_AT, true) !== 0n;
}

export function totalsOf(page: Copy, slot: number): Totals {
  return { generation: sequenceAt(page, slot) / 2n, ...SLOT.read(page.view, slot, NO_TEXTS), control: controlOf(page) };
}

/** One set; the block's start and end are 0 if there is none. */
export function spanOf({ view }: Copy, slot: number, span: Span): Period {
  if (span === "all") return { ...ALWAYS, counters: COUNTERS.read(view, slot + SLOT.offsets.totals, NO_TEXTS) };
  return PERIOD.read(view, slot + SLOT.offsets[FIELDS[span]], NO_TEXTS);
}

/** Sum of the five kinds of tokens: input, output, both cache writes and cache reads. */
export function totalTokens(counters: Period["counters"]): bigint {
  return counters.inputTokens + counters.outputTokens + counters.cacheWrite5mTokens + counters.cacheWrite1hTokens + counters.cacheReadTokens;
}

/** Whether `now` (ms UTC) is past a period's end: its figures are right, but they are not those of the current period. */
export function isOver({ end }: Pick<Period, "end">, now: bigint | number = Date.now()): boolean {
  return now >= end;
}
