// Readings to show: usage of a made-up day, with changes. For tests.
// @ts-check

/** @typedef {import("#parts").Reading} Reading */

export const NOW = 1_795_000_000_000n;
const HOUR = 3_600_000n;
const DOLLAR = 1_000_000_000_000n;

/** A set of counters. @param {number} cents @param {Partial<Record<string, bigint>>} more @returns {any} */
export function counters(cents, more = {}) {
  return {
    requests: 1n, messages: 1n, inputTokens: 1000n, outputTokens: 2000n, cacheWrite5mTokens: 0n, cacheWrite1hTokens: 0n, cacheReadTokens: 30_000n,
    webSearchRequests: 0n, unpricedTokens: 0n, cost: (BigInt(cents) * DOLLAR) / 100n, thinkingTokens: 0n, webFetchRequests: 0n, provisionalMessages: 0n,
    provisionalOutputTokens: 0n, ...more,
  };
}

/** @param {number} cents @param {bigint} end */
const period = (cents, end = NOW + 2n * HOUR) => ({ start: NOW - HOUR, end, counters: counters(cents) });

/**
 * Usage that is current, with changes to the totals, the tables and the freshness.
 * @param {{ totals?: object, tables?: object, freshness?: object }} changes
 * @returns {any}
 */
export function usage({ totals = {}, tables = {}, freshness = {} } = {}) {
  return {
    kind: "usage",
    identity: { program: "0.1.0" },
    freshness: { publisher: "live", heartbeatAgeMs: 1000n, replaced: false, ...freshness },
    frame: {
      totals: {
        generation: 7n, publishedAt: NOW - 3000n, totals: counters(123_456), today: period(166), thisWeek: period(1_250), thisMonth: period(9_999),
        block: period(724, NOW + HOUR + 19n * 60_000n), blockFirstAt: NOW - 2n * HOUR, blockLastAt: NOW - HOUR, scanState: "complete",
        fiveHourLimit: null, sevenDayLimit: null, sessionsLeftOut: 0n, control: {}, ...totals,
      },
      models: [
        { name: "claude-haiku-4-5", agent: 0n, counters: counters(10) },
        { name: "claude-opus-4-6", agent: 0n, counters: counters(120_000) },
      ],
      projects: [
        { project: "-home-ada-engine", path: "/home/ada/engine", agent: 0n, firstAt: 1n, lastAt: 2n, counters: counters(5_000), today: counters(50) },
        { project: "-home-ada-engine-sub", path: "/home/ada/engine/sub", agent: 0n, firstAt: 1n, lastAt: 2n, counters: counters(100), today: counters(1) },
        { project: "-home-ada-engineering", path: "/home/ada/engineering", agent: 0n, firstAt: 1n, lastAt: 2n, counters: counters(7), today: counters(7) },
      ],
      sessions: [], days: [], hours: [], history: [], agents: [],
      limits: [
        { agent: 0n, kind: "five_hour", scope: "", used: 415_000n, resetsAt: NOW + 2n * HOUR + 19n * 60_000n, seenAt: NOW, spent: 0n, allowed: 0n },
        { agent: 0n, kind: "seven_day", scope: "", used: 120_000n, resetsAt: NOW + 80n * HOUR, seenAt: NOW, spent: 0n, allowed: 0n },
      ],
      ...tables,
    },
  };
}

/** @type {import("#parts").Options} */
export const OPTIONS = { shows: ["today"], folder: "/home/ada/engine", limits: { warning: 70, error: 90 }, today: { warning: 0, error: 0 } };
