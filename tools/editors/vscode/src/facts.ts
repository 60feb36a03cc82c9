// What is true of a reading at a moment: which periods still run, which limits are used, how old the figures are.
//
// Invariant: a figure of a period that is over is absent, not shown as that of the current one. Pure; both the status bar
// item and the summary are made of it.

import { type Counters, type Frame, type Freshness, isOver, type Period, totalTokens } from "cco-reader";
import { amount, money, percent, span, tokens } from "./figures.js";
import { plain } from "./names.js";

/** One figure with its name. `name` is of a stranger if `isName`, and still to be escaped. */
export interface Fact {
  name: string;
  isName?: true;
  cost: string;
  more: string;
}

export interface LimitFact {
  name: string;
  scope: string;
  /** `null` once it has been reset since the last report. */
  used: bigint | null;
  left: string;
}

export interface Facts {
  today: Fact | null;
  week: Fact | null;
  month: Fact | null;
  block: (Fact & { left: string }) | null;
  /** The project of the open folder, today and in all. */
  project: { today: Fact | null; all: Fact } | null;
  limits: LimitFact[];
  models: Fact[];
  /** `null` if figures are current; else since when they are not. */
  stale: { why: "stopped" | "dead"; age: string } | null;
  /** Transcripts are still being read, so all figures are lower bounds. */
  isCatchingUp: boolean;
  /** Today's cost, for thresholds. */
  cost: bigint | null;
}

const MODELS_MAX = 6;
const MINUTE_MS = 60_000n;
const HOUR_MS = 3_600_000n;
const LIMITS = { five_hour: "5-hour limit", seven_day: "7-day limit", seven_day_model: "7-day limit", spend: "Spending limit", other: "Other limit" };

export function factsOf({ frame, freshness }: { frame: Frame; freshness: Freshness }, folder: string | undefined, now: bigint): Facts {
  const { totals } = frame;
  const today = isOver(totals.today, now) ? null : totals.today;
  const current = (name: string, period: Period) => (isOver(period, now) ? null : fact(name, period.counters));
  return {
    today: today && fact("Today", today.counters),
    week: current("This week", totals.thisWeek),
    month: current("This month", totals.thisMonth),
    block: blockOf(frame, now),
    project: folder === undefined ? null : projectOf(frame, folder, today !== null),
    limits: limitsOf(frame, now),
    models: [...frame.models]
      .sort((a, b) => Number(b.counters.cost > a.counters.cost) - Number(b.counters.cost < a.counters.cost))
      .slice(0, MODELS_MAX)
      .map(({ name, counters }) => ({ ...fact(name, counters), isName: true })),
    stale: freshness.publisher === "live" ? null : { why: freshness.publisher, age: span(freshness.heartbeatAgeMs) },
    isCatchingUp: totals.scanState === "catching_up",
    cost: today && today.counters.cost,
  };
}

function fact(name: string, counters: Counters): Fact {
  return { name, cost: money(counters), more: `${tokens(totalTokens(counters))} tokens` };
}

function blockOf({ totals }: Frame, now: bigint): Facts["block"] {
  const { block, blockFirstAt, blockLastAt } = totals;
  if (!block || isOver(block, now)) return null;
  const lasted = blockLastAt - blockFirstAt;
  const hasRate = lasted >= MINUTE_MS && block.counters.cost > 0n;
  const rate = hasRate ? [`${amount((block.counters.cost * HOUR_MS) / lasted)}/h`] : [];
  const left = span(block.end - now);
  return { name: "5-hour block", cost: money(block.counters), more: [`${left} left`, ...rate].join(", "), left };
}

/** The projects in a folder: of the folder itself, and of those below it. */
function projectOf({ projects }: Frame, folder: string, hasToday: boolean): Facts["project"] {
  const isInside = (path: string) => path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
  const rows = projects.filter(({ path }) => isInside(path));
  const name = folder.split(/[/\\]/).filter(Boolean).at(-1) ?? folder;
  const sum = (of: (row: (typeof rows)[number]) => Counters) => ({ ...fact(name, rows.map(of).reduce(added, NOTHING)), isName: true as const });
  return { today: hasToday ? sum(({ today }) => today) : null, all: sum(({ counters }) => counters) };
}

const NOTHING: Counters = {
  requests: 0n, messages: 0n, inputTokens: 0n, outputTokens: 0n, cacheWrite5mTokens: 0n, cacheWrite1hTokens: 0n, cacheReadTokens: 0n,
  webSearchRequests: 0n, unpricedTokens: 0n, cost: 0n, thinkingTokens: 0n, webFetchRequests: 0n, provisionalMessages: 0n, provisionalOutputTokens: 0n,
};

function added(a: Counters, b: Counters): Counters {
  const names = Object.keys(NOTHING) as (keyof Counters)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Counters;
}

function limitsOf({ limits }: Frame, now: bigint): LimitFact[] {
  return limits.map(({ kind, scope, used, resetsAt, spent, allowed }) => {
    const isReset = resetsAt !== 0n && now >= resetsAt;
    const reset = isReset ? "has been reset" : resetsAt === 0n ? "" : `resets in ${span(resetsAt - now)}`;
    const spending = kind === "spend" && allowed > 0n ? `${amount(spent)} of ${amount(allowed)}` : "";
    return { name: LIMITS[kind], scope, used: isReset ? null : used, left: [spending, reset].filter(Boolean).join(", ") };
  });
}

/** `38%`, or `reset`. */
export function usedOf({ used }: LimitFact): string {
  return used === null ? "reset" : percent(used);
}

/** A fact's name as plain text. */
export function nameOf({ name, isName }: Fact): string {
  return isName ? plain(name) : name;
}
