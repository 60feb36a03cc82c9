// Everything in a snapshot that has fields: what LAYOUT.md says, in the same order, with its names in camel case.
//
// Invariant: a test compares all of it with the layout that every snapshot carries. 64 and 128 bits are bigints, times are
// ms UTC, money is picodollars. Used by what reads; its types are what readers return.

import { as, hidden, histogram, i64, listed, name, struct, text, u128, u64, uuid, type Value } from "./struct.js";

export const IDENTITY = struct({
  magic: hidden(8), endianMark: hidden(8),
  /** Layout version, `major.minor`. */
  version: as(u64, (version) => `${version >> 32n}.${version & 0xffff_ffffn}`),
  schemaHash: hidden(8),
  /** Random number of the lineage: generations compare only within one epoch. */
  epoch: u64,
  /** The process id is that in the publisher's own namespace. */
  fileBytes: u64, writerPid: u64, writerStartedAt: i64,
  /** The boot in which the file was created: a UUID; `null` if unknown. */
  bootId: uuid, createdAt: i64,
  /** First day of the week: 0 Monday to 6 Sunday. */
  weekStart: as(u64, (day) => (day > 6n ? 0n : day)),
  /** Version of the publishing program, and the time zone of days, weeks and months. */
  program: text(24), zone: text(64),
  layoutCrc: hidden(8), directory: hidden(768), reserved: hidden(56), checksum: hidden(8),
});

/** As doubles: what they cannot hold exactly is far beyond what is allowed. */
export const ENTRY = struct({ region: hidden(8), offset: as(u64, Number), capacity: as(u64, Number) });

export const CONTROL = struct({
  /** Whether a newer file has taken the path. */
  superseded: as(u64, (superseded) => superseded !== 0n),
  /** Whether the publisher has stopped cleanly. */
  stopped: as(u64, (state) => state === 2n),
  reserved: hidden(48),
  /** The last heartbeat, on the boot's clock that stands still in sleep, and on the wall clock. In ms. */
  heartbeatMonotonic: u64, heartbeatWall: i64,
});

export const COUNTERS = struct({
  /** API requests, and merged transcript records. */
  requests: u64, messages: u64,
  /** Uncached input; output, thinking included. */
  inputTokens: u64, outputTokens: u64,
  /** Written to the five-minute and to the one-hour cache, and read from the cache. */
  cacheWrite5mTokens: u64, cacheWrite1hTokens: u64, cacheReadTokens: u64, webSearchRequests: u64,
  /** Tokens of models without a price: in the counts above, not in `cost`. */
  unpricedTokens: u64,
  /** API-equivalent cost in picodollars; `dollars` writes it. */
  cost: u128,
  /** The part of `outputTokens` spent on thinking. */
  thinkingTokens: u64, webFetchRequests: u64,
  /** Messages whose final usage never reached the disk; their output: a lower bound, and part of `outputTokens`. */
  provisionalMessages: u64, provisionalOutputTokens: u64, reserved: hidden(8),
});

/** `end` is the first millisecond after it: once the clock has passed it, see `isOver`, it is a past period. */
export const PERIOD = struct({ start: i64, end: i64, counters: COUNTERS });

/** `used` is in millionths, and more than 1,000,000 if it was exceeded. `resetsAt` is 0 if unknown. */
const limited = { used: u64, resetsAt: i64, seenAt: i64 };
export const LIMIT = struct(limited);

/** The five-hour block that was current at publishing; `null` if none was. */
const block = as(PERIOD, (block) => (block.end === 0n ? null : block));
/** One of the account's limits; `null` if never reported. */
const limit = as(LIMIT, (limit) => (limit.seenAt === 0n ? null : limit));

export const SLOT = struct({
  /** Number of the commit in its epoch: half of its sequence. */
  generation: as(u64, (sequence) => sequence / 2n),
  crc: hidden(8), length: hidden(8), publishedAt: i64, bank: hidden(8),
  /** Everything ever counted. */
  totals: COUNTERS,
  today: PERIOD, thisWeek: PERIOD, thisMonth: PERIOD, block,
  /** First and last request of the block, between which its rate is; 0 if there is none. */
  blockFirstAt: i64, blockLastAt: i64,
  /** While a publisher is catching up, totals are a lower bound. */
  scanState: listed(["catching_up", "complete"], "catching_up"),
  fiveHourLimit: limit, sevenDayLimit: limit,
  /** How many rows of each table are in use. */
  rows: hidden(64),
  /** Sessions that the table had no room for. */
  sessionsLeftOut: u64,
  historyOldest: hidden(8), namesBytes: hidden(8), namesCrc: hidden(8), reserved: hidden(816),
});

export const BANK = struct({ sequence: u64, check: u64, reserved: hidden(48) });

/** Counts are since the publisher started, unless LAYOUT.md says otherwise; durations are in µs. */
export const HEALTH = struct({
  sequence: hidden(8), crc: hidden(8), updatedAt: i64,
  roots: u64, files: u64, fileBytes: u64, skippedFiles: u64, passes: u64, bytesRead: u64, lines: u64, records: u64,
  requests: u64, duplicatesMerged: u64, malformedLines: u64, unfinishedLines: u64, syntheticRecords: u64,
  badTimestamps: u64, truncations: u64, lostEvents: u64, errors: u64, lastErrorAt: i64,
  scanUs: u64, passUs: u64, commitUs: u64, publishUs: u64, lagUs: u64,
  following: listed(["unknown", "watching", "polling"], "unknown"),
  pollIntervalMs: u64, foldersUnwatched: u64, residentBytes: u64, ledgerBytes: u64, reserved: hidden(8),
  passHistogram: histogram, commitHistogram: histogram, publishHistogram: histogram,
  /** Sums of the durations in the histograms; unknown if 0 and these are not, because files of version 1.0 lack them. */
  passUsSum: u64, commitUsSum: u64, publishUsSum: u64, reservedToo: hidden(360),
});

/** Of a project or a session: its first and its last request, and all of them. */
const used = { firstAt: i64, lastAt: i64, counters: COUNTERS };

/** What is limited. */
const kind = listed(["other", "five_hour", "seven_day", "seven_day_model", "spend"], "other");

/** The rows of all tables, which have these names in LAYOUT.md, in the order of their lengths in a slot. */
export const ROWS = {
  models: struct({ name, agent: u64, counters: COUNTERS }),
  /** `today` is the project's part of the totals' `today`; `path` is empty if no transcript names it. */
  projects: struct({ project: name, path: name, agent: u64, ...used, today: COUNTERS }),
  sessions: struct({ session: name, project: name, agent: u64, ...used }),
  /** The date as a number: 20261124 is 24 November 2026. */
  days: struct({ date: u64, counters: COUNTERS }),
  hours: struct({ start: i64, counters: COUNTERS }),
  /** Totals of all time at a moment, oldest first. */
  history: struct({ at: i64, counters: COUNTERS }),
  agents: struct({ agent: u64, name, counters: COUNTERS }),
  /** `scope` is what it is limited to, such as a model's name; `spent` and `allowed` are 0 if it is not about money. */
  limits: struct({ agent: u64, kind, scope: name, ...limited, spent: u128, allowed: u128 }),
};

/** What regions without fields have for rows: single bytes, and the words of an index. */
export const BYTE = hidden(1);
export const INDEX = hidden(8);

const { agents, limits, ...tables } = ROWS;
/** Rows of all regions, in the order of their numbers, which begin with 1. */
export const REGIONS = {
  banks: BANK, health: HEALTH, names: BYTE, ...tables,
  session_index: INDEX, project_index: INDEX, agents, limits, layout: BYTE,
};

export type Table = keyof typeof ROWS;
export type Region = keyof typeof REGIONS;
export interface Counters extends Value<typeof COUNTERS> {}
export interface Period extends Value<typeof PERIOD> {}
export interface Limit extends Value<typeof LIMIT> {}
export interface Control extends Value<typeof CONTROL> {}
export interface Health extends Value<typeof HEALTH> {}
/** What a snapshot says about itself. */
export interface Identity extends Value<typeof IDENTITY> {}
/** All tables of one commit. Rows are in no order, except `history`. */
export type Tables = { [T in Table]: Value<(typeof ROWS)[T]>[] };

/** The totals of one commit; `control` has words that change apart from commits, as they were when this was read. */
export type Totals = Value<typeof SLOT> & { control: Control };
