// Everything in a snapshot that has fields: what LAYOUT.md says, in the same order, with its names in camel case.
//
// Invariant: a test compares all of it with the layout that every snapshot carries. 64 and 128 bits are bigints, times are
// ms UTC, money is picodollars. Used by what reads; its types are what readers return.

import { array, as, hidden, i64, listed, name, struct, text, u128, u64, uuid, type Value } from "./struct.js";

export const IDENTITY = struct({
  magic: hidden(8),
  endianMark: hidden(8),
  version: hidden(8),
  schemaHash: hidden(8),
  /** Random number of the lineage: generations compare only within one epoch. */
  epoch: u64,
  fileBytes: u64,
  /** Process id of the publisher, in its own pid namespace. */
  writerPid: u64,
  writerStartedAt: i64,
  /** The boot in which the file was created: a UUID; `null` if unknown. */
  bootId: uuid,
  createdAt: i64,
  /** First day of the week: 0 Monday to 6 Sunday. */
  weekStart: as(u64, (day) => (day > 6n ? 0n : day)),
  /** Version of the publishing program. */
  program: text(24),
  /** Time zone of days, weeks and months. */
  zone: text(64),
  layoutCrc: hidden(8),
});

export const ENTRY = struct({ region: hidden(8), offset: u64, capacity: u64 });

export const CONTROL = struct({
  /** Whether a newer file has taken the path. */
  superseded: as(u64, (superseded) => superseded !== 0n),
  /** Whether the publisher has stopped cleanly. */
  stopped: as(u64, (state) => state === 2n),
  reserved: hidden(48),
  /** The last heartbeat on the boot's clock that stands still in sleep, in ms. */
  heartbeatMonotonic: u64,
  /** The last heartbeat on the wall clock. */
  heartbeatWall: i64,
});

export const COUNTERS = struct({
  /** API requests. */
  requests: u64,
  /** Merged transcript records. */
  messages: u64,
  /** Uncached input. */
  inputTokens: u64,
  /** Output, thinking included. */
  outputTokens: u64,
  /** Written to the five-minute cache. */
  cacheWrite5mTokens: u64,
  /** Written to the one-hour cache. */
  cacheWrite1hTokens: u64,
  /** Read from the cache. */
  cacheReadTokens: u64,
  webSearchRequests: u64,
  /** Tokens of models without a price: in the counts above, not in `cost`. */
  unpricedTokens: u64,
  /** API-equivalent cost in picodollars; `dollars` writes it. */
  cost: u128,
  /** The part of `outputTokens` spent on thinking. */
  thinkingTokens: u64,
  webFetchRequests: u64,
  /** Messages whose final usage never reached the disk. */
  provisionalMessages: u64,
  /** Their output: a lower bound, and part of `outputTokens`. */
  provisionalOutputTokens: u64,
  reserved: hidden(8),
});

export const PERIOD = struct({
  start: i64,
  /** The first millisecond after it: once the clock has passed it, see `isOver`, the figures are of a past period. */
  end: i64,
  counters: COUNTERS,
});

export const LIMIT = struct({
  /** Used part in millionths; more than 1,000,000 if the limit was exceeded. */
  used: u64,
  /** When it resets; 0 unknown. */
  resetsAt: i64,
  /** When this was reported. */
  seenAt: i64,
});

const limit = as(LIMIT, (limit) => (limit.seenAt === 0n ? null : limit));

export const SLOT = struct({
  sequence: hidden(8),
  crc: hidden(8),
  length: hidden(8),
  publishedAt: i64,
  bank: hidden(8),
  /** Everything ever counted. */
  totals: COUNTERS,
  today: PERIOD,
  thisWeek: PERIOD,
  thisMonth: PERIOD,
  /** The five-hour block that was current at publishing; `null` if none was. */
  block: as(PERIOD, (block) => (block.end === 0n ? null : block)),
  /** First and last request of the block, between which its rate is; 0 if there is none. */
  blockFirstAt: i64,
  blockLastAt: i64,
  /** While a publisher is catching up, totals are a lower bound. */
  scanState: listed(["catching_up", "complete"], "catching_up"),
  /** The account's limits; `null` if never reported. */
  fiveHourLimit: limit,
  sevenDayLimit: limit,
  modelsRows: hidden(8),
  projectsRows: hidden(8),
  sessionsRows: hidden(8),
  daysRows: hidden(8),
  hoursRows: hidden(8),
  historyRows: hidden(8),
  agentsRows: hidden(8),
  limitsRows: hidden(8),
  /** Sessions that the table had no room for. */
  sessionsLeftOut: u64,
  historyOldest: hidden(8),
  namesBytes: hidden(8),
  namesCrc: hidden(8),
});

export const BANK = struct({ sequence: u64, check: u64 });

/** Counts are since the publisher started, unless LAYOUT.md says otherwise; durations are in µs. */
export const HEALTH = struct({
  sequence: hidden(8),
  crc: hidden(8),
  updatedAt: i64,
  ...{ roots: u64, files: u64, fileBytes: u64, skippedFiles: u64, passes: u64, bytesRead: u64, lines: u64, records: u64 },
  ...{ requests: u64, duplicatesMerged: u64, malformedLines: u64, unfinishedLines: u64, syntheticRecords: u64, badTimestamps: u64 },
  ...{ truncations: u64, lostEvents: u64, errors: u64, lastErrorAt: i64, scanUs: u64, passUs: u64, commitUs: u64, publishUs: u64, lagUs: u64 },
  following: listed(["unknown", "watching", "polling"], "unknown"),
  ...{ pollIntervalMs: u64, foldersUnwatched: u64, residentBytes: u64, ledgerBytes: u64, reserved: hidden(8) },
  /** 16 counts each: below 64 µs, then below twice the bound before; the last counts all longer ones. */
  passHistogram: array(u64, 16),
  commitHistogram: array(u64, 16),
  publishHistogram: array(u64, 16),
  /** Sums of the durations in the histograms; unknown if 0 and these are not, because files of version 1.0 lack them. */
  passUsSum: u64,
  commitUsSum: u64,
  publishUsSum: u64,
});

/** The first and the last request of a row. */
const span = { firstAt: i64, lastAt: i64, counters: COUNTERS };

/** The rows of all tables, which have these names in LAYOUT.md, in the order of their lengths in a slot. */
export const ROWS = {
  models: struct({ name, agent: u64, counters: COUNTERS }),
  /** `today` is the project's part of the totals' `today`; `path` is empty if no transcript names it. */
  projects: struct({ project: name, path: name, agent: u64, ...span, today: COUNTERS }),
  sessions: struct({ session: name, project: name, agent: u64, ...span }),
  /** The date as a number: 20261124 is 24 November 2026. */
  days: struct({ date: u64, counters: COUNTERS }),
  hours: struct({ start: i64, counters: COUNTERS }),
  /** Totals of all time at a moment, oldest first. */
  history: struct({ at: i64, counters: COUNTERS }),
  agents: struct({ agent: u64, name, counters: COUNTERS }),
  limits: struct({
    agent: u64,
    kind: listed(["other", "five_hour", "seven_day", "seven_day_model", "spend"], "other"),
    /** What it is limited to, such as a model's name; empty for the whole account. */
    scope: name,
    ...{ used: u64, resetsAt: i64, seenAt: i64 },
    /** Money spent, and money that is allowed; 0 if it is not a limit in money. */
    spent: u128,
    allowed: u128,
  }),
} as const;

/** Regions by their number, with the bytes of a row and how many copies of it are in the file. */
export const REGIONS = {
  banks: [1, 64, 1],
  health: [2, 1024, 1],
  names: [3, 1, 1],
  models: [4, 144, 2],
  projects: [5, 296, 2],
  sessions: [6, 168, 2],
  days: [7, 136, 2],
  hours: [8, 136, 2],
  history: [9, 136, 2],
  session_index: [10, 8, 2],
  project_index: [11, 8, 2],
  agents: [12, 144, 2],
  limits: [13, 80, 2],
  layout: [14, 1, 1],
} as const;

export type Table = keyof typeof ROWS;
export type Region = keyof typeof REGIONS;
export interface Counters extends Value<typeof COUNTERS> {}
export interface Period extends Value<typeof PERIOD> {}
export interface Limit extends Value<typeof LIMIT> {}
export interface Control extends Value<typeof CONTROL> {}
export interface Health extends Value<typeof HEALTH> {}
/** The rows of each table. */
export type Tables = { [T in Table]: Value<(typeof ROWS)[T]>[] };

/** What a snapshot says about itself. */
export interface Identity extends Value<typeof IDENTITY> {
  /** Layout version, `major.minor`. */
  version: string;
}

/** The totals of one commit. */
export interface Totals extends Value<typeof SLOT> {
  /** Number of the commit in its epoch. */
  generation: bigint;
  /** Words that change apart from commits, as they were when this was read. */
  control: Control;
}
