// What a reader returns, and what it does if the file at its path changes.
// @ts-check
import assert from "node:assert/strict";
import { renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { Code, defaultPath, dollars, freshnessOf, isOver, open, pathFrom, SnapshotError, totalTokens } from "cco-reader";
import { crc32ByTable } from "../dist/sums.js";
import { golden, newestSlot, sumSlot, sumStatic, written } from "./golden.mjs";

/** A set of the golden file: figures that differ in every member. @param {bigint} seed */
const counters = (seed) => ({
  requests: seed + 1n,
  messages: seed + 2n,
  inputTokens: seed + 3n,
  outputTokens: seed + 4n,
  cacheWrite5mTokens: seed + 5n,
  cacheWrite1hTokens: seed + 6n,
  cacheReadTokens: seed + 7n,
  webSearchRequests: seed + 8n,
  unpricedTokens: seed + 9n,
  cost: ((seed + 10n) << 64n) | (seed + 11n),
  thinkingTokens: seed + 12n,
  webFetchRequests: seed + 13n,
  provisionalMessages: seed + 14n,
  provisionalOutputTokens: seed + 15n,
});
const CREATED_AT = 1_767_225_600_000n;
/** @param {bigint} seed */
const period = (seed) => ({ start: CREATED_AT + seed, end: CREATED_AT + seed + 1000n, counters: counters(seed) });

/** Commits again what the newest slot has, under the next sequence, with other totals. @param {Buffer} bytes @param {bigint} requests */
function commit(bytes, requests) {
  const slot = newestSlot(bytes);
  const sequence = bytes.readBigUInt64LE(slot) + 2n;
  const next = 1280 + 1728 * Number((sequence / 2n) % 4n);
  bytes.copy(bytes, next, slot, slot + 1728);
  bytes.writeBigUInt64LE(sequence, next);
  bytes.writeBigUInt64LE(requests, next + 40);
  sumSlot(bytes, next);
  return bytes;
}

/** @param {number} code @param {() => unknown} read */
function fails(code, read) {
  assert.throws(read, (error) => error instanceof SnapshotError && error.code === code && error.message.length > 40);
}

test("a frame has every value of the golden file", () => {
  const frame = open(written()).frame();
  assert.deepEqual(frame, {
    totals: {
      generation: 3n,
      publishedAt: CREATED_AT + 6000n,
      totals: counters(300n),
      today: period(1000n),
      thisWeek: period(2000n),
      thisMonth: period(3000n),
      block: period(4000n),
      blockFirstAt: CREATED_AT + 7n,
      blockLastAt: CREATED_AT + 9n,
      scanState: "complete",
      fiveHourLimit: { used: 1n, resetsAt: 2n, seenAt: 3n },
      sevenDayLimit: { used: 4n, resetsAt: 5n, seenAt: 6n },
      sessionsLeftOut: 7n,
      control: { superseded: false, stopped: true, heartbeatMonotonic: 5n, heartbeatWall: CREATED_AT },
    },
    models: [{ name: "claude-golden-1", agent: 3n, counters: counters(10n) }],
    projects: [{ project: "-home-me-größe", path: "/home/me/größe", agent: 3n, firstAt: 1n, lastAt: 2n, counters: counters(20n), today: counters(25n) }],
    sessions: [{ session: "0189a1f0-5d3e-7c4a-8b21-000000000001", project: "-home-me-größe", agent: 3n, firstAt: 3n, lastAt: 4n, counters: counters(30n) }],
    days: [{ date: 20_260_101n, counters: counters(40n) }],
    hours: [{ start: CREATED_AT, counters: counters(50n) }],
    history: [1n, 2n, 3n].map((commit) => ({ at: CREATED_AT + 2000n * commit, counters: counters(100n * commit) })),
    agents: [{ agent: 3n, name: "another-agent", counters: counters(60n) }],
    limits: [
      {
        agent: 3n, kind: "seven_day_model", scope: "claude-golden-1", used: 7n, resetsAt: 8n, seenAt: 9n,
        spent: (10n << 64n) | 11n, allowed: (12n << 64n) | 13n,
      },
    ],
  });
});

test("identity, health and single sets are those of the golden file", () => {
  const reader = open(written());
  assert.deepEqual(reader.identity, {
    version: "1.0", epoch: 0x0123_4567_89ab_cdefn, fileBytes: 3_497_984n, writerPid: 4242n, writerStartedAt: CREATED_AT, bootId: null,
    createdAt: CREATED_AT, weekStart: 6n, program: "0.1.0-golden", zone: "Europe/Amsterdam",
  });
  const health = reader.health() ?? assert.fail("no health");
  assert.deepEqual([health.updatedAt, health.roots, health.files, health.lagUs, health.ledgerBytes, health.following], [1n, 2n, 3n, 23n, 27n, "polling"]);
  assert.deepEqual([health.passHistogram.length, health.passHistogram[0], health.commitHistogram[1]], [16, 1n, 1n]);
  assert.deepEqual(reader.counters("today"), period(1000n));
  assert.deepEqual(reader.counters("week"), period(2000n));
  assert.deepEqual(reader.counters("month"), period(3000n));
  assert.deepEqual(reader.counters("block"), period(4000n));
  assert.deepEqual(reader.counters("all"), { start: -(2n ** 63n), end: 2n ** 63n - 1n, counters: counters(300n) });
  assert.equal(totalTokens(counters(0n)), 3n + 4n + 5n + 6n + 7n);
  assert.deepEqual([isOver(period(0n), CREATED_AT + 999n), isOver(period(0n), CREATED_AT + 1000n), isOver(period(0n))], [false, true, true]);
  assert.equal(reader.tries, 1);
  reader.close();
});

test("money is written exactly", () => {
  assert.deepEqual([114_340_974_370_000n, 0n, 1n, 5_000_000_000_000n].map((cost) => dollars(cost)), ["114.34097437", "0", "0.000000000001", "5"]);
  assert.deepEqual([1_005_000_000_000n, 1_004_999_999_999n, 0n].map((cost) => dollars(cost, 2)), ["1.01", "1.00", "0.00"]);
  assert.deepEqual([dollars(500_000_000_000n, 0), dollars(2n ** 128n - 1n, 2)], ["1", "340282366920938463463374607.43"]);
});

test("the snapshot is where the publisher puts it", () => {
  assert.equal(pathFrom({}), undefined);
  assert.equal(pathFrom({ HOME: "/h" }), "/h/.local/state/cco/usage.snapshot");
  assert.equal(pathFrom({ HOME: "/h", XDG_STATE_HOME: "/s" }), "/s/cco/usage.snapshot");
  assert.equal(pathFrom({ HOME: "/h", XDG_STATE_HOME: "relative" }), "/h/.local/state/cco/usage.snapshot");
  assert.equal(pathFrom({ HOME: "/h", CCO_STATE: "/z" }), "/z/usage.snapshot");
  assert.equal(pathFrom({ HOME: "/h", CCO_SNAPSHOT: "/x/y", CCO_STATE: "/z" }), "/x/y");
  assert.equal(pathFrom({ HOME: "relative", CCO_SNAPSHOT: "" }), undefined);
  assert.equal(defaultPath(), pathFrom(process.env));
});

test("sums without zlib are those of zlib", () => {
  const bytes = golden().subarray(0, 3000);
  for (const length of [0, 1, 7, 1720, 3000]) assert.equal(crc32ByTable(bytes.subarray(0, length), 77), crc32(bytes.subarray(0, length), 77));
});

test("a new commit is returned, and never an older one after it", () => {
  const path = written();
  const reader = open(path);
  assert.equal(reader.totals().generation, 3n);
  const old = golden();
  writeFileSync(path, commit(golden(), 9n));
  assert.deepEqual([reader.totals().generation, reader.totals().totals.requests], [4n, 9n]);
  writeFileSync(path, old);
  fails(Code.Busy, () => reader.totals());
  assert.equal(open(path).totals().generation, 3n, "another reader has no floor");
});

test("a superseded file is opened again by the next read, and the floor holds within its epoch", () => {
  const path = written();
  const reader = open(path);
  reader.totals();
  const before = golden();
  before.writeBigUInt64LE(1n, 1024);
  writeFileSync(path, before);
  assert.equal(reader.totals().control.superseded, true, "there is no newer file yet");
  writeFileSync(`${path}.new`, commit(commit(golden(), 8n), 9n));
  renameSync(`${path}.new`, path);
  assert.deepEqual([reader.totals().generation, reader.totals().control.superseded], [5n, false]);
  writeFileSync(`${path}.new`, golden());
  renameSync(`${path}.new`, path);
  assert.equal(reader.refresh(), true);
  assert.equal(reader.refresh(), false);
  fails(Code.Busy, () => reader.frame());
  const other = golden();
  other.writeBigUInt64LE(4711n, 32);
  sumStatic(other);
  writeFileSync(`${path}.new`, other);
  renameSync(`${path}.new`, path);
  assert.equal(reader.refresh(), true);
  assert.deepEqual([reader.frame().totals.generation, reader.identity.epoch], [3n, 4711n]);
});

test("a file that was only renamed over is noticed within a second", async () => {
  const path = written();
  const reader = open(path);
  writeFileSync(`${path}.new`, commit(golden(), 9n));
  renameSync(`${path}.new`, path);
  assert.equal(reader.freshness().replaced, true);
  await new Promise((resolve) => setTimeout(resolve, 1010));
  assert.equal(reader.counters("all").counters.requests, 9n);
  assert.equal(reader.freshness().replaced, false);
});

test("a deleted file keeps its values and says that it was replaced", () => {
  const path = written();
  const reader = open(path);
  rmSync(path);
  assert.equal(reader.totals().generation, 3n);
  assert.equal(reader.freshness().replaced, true);
  fails(Code.Missing, () => reader.refresh());
  assert.equal(reader.frame().models.length, 1);
});

test("a file that was shortened is an error, never zeros", () => {
  const path = written();
  const reader = open(path);
  truncateSync(path, 20_000);
  assert.equal(reader.totals().generation, 3n, "page 0 is whole");
  fails(Code.Shrunk, () => reader.frame());
  truncateSync(path, 4096);
  fails(Code.Shrunk, () => reader.totals());
});

test("a closed reader says so, opens nothing by itself, and may be closed again", async () => {
  const path = written();
  const reader = open(path);
  reader.totals();
  reader.close();
  reader.close();
  // By now a read would look for another file at the path.
  renameSync(written(), path);
  await new Promise((resolve) => setTimeout(resolve, 1010));
  /** @type {(() => unknown)[]} */
  const uses = [
    () => reader.totals(), () => reader.counters("today"), () => reader.frame(), () => reader.health(), () => reader.freshness(),
    () => reader.refresh(), () => reader.identity,
  ];
  for (const use of uses) assert.throws(use, { name: "Error", message: `the reader of ${path} was closed: open another one` });
  await assert.rejects(reader.changes().next(), /was closed: open another one/);
  reader.close();
});

test("an iterator gives the present totals, each change, and ends when it is told to", async () => {
  const path = written();
  const reader = open(path);
  const stop = new AbortController();
  const seen = [];
  for await (const { totals, freshness } of reader.changes({ signal: stop.signal, everyMs: 5 })) {
    seen.push([totals.generation, totals.totals.requests, freshness.publisher]);
    if (seen.length === 1) writeFileSync(path, commit(golden(), 9n));
    if (seen.length === 2) stop.abort();
  }
  assert.deepEqual(seen, [[3n, 301n, "stopped"], [4n, 9n, "stopped"]]);
});

test("a publisher is live while it holds the lock and beats, by the clock that can tell", () => {
  const control = { superseded: false, stopped: false, heartbeatMonotonic: 1_000_000n, heartbeatWall: 5_000_000n };
  /** @param {Partial<import("cco-reader").Surroundings>} surroundings */
  const judged = (surroundings, stopped = false) => {
    const { publisher, heartbeatAgeMs } = freshnessOf({ ...control, stopped }, { now: 5_000_000n, bootClock: null, held: true, ...surroundings });
    return `${publisher} ${heartbeatAgeMs}`;
  };
  assert.equal(judged({}), "live 0");
  assert.equal(judged({ now: 5_015_000n }), "live 15000");
  assert.equal(judged({ now: 5_015_001n }), "dead 15001");
  assert.equal(judged({ now: 4_984_999n }), "dead 15001", "a heartbeat from the future is not new");
  assert.equal(judged({ held: false }), "dead 0");
  assert.equal(judged({ held: undefined }), "live 0", "where locks cannot be seen the heartbeat decides");
  assert.equal(judged({ now: 9_000_000n, bootClock: 1_003_000n }), "live 3000", "it slept, or someone set the clock");
  assert.equal(judged({ bootClock: 1_016_000n }), "dead 16000");
  assert.equal(judged({}, true), "stopped 0");
});
