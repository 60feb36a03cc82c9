// The conformance program: answers each line of JSON on stdin with one on stdout, until stdin ends. All readers of
// snapshots have one, so that one script can ask the same of all.
// @ts-check
import { createInterface } from "node:readline";
import { Code, freshnessOf, isOver, open, SnapshotError } from "../dist/index.js";

/** @typedef {import("../dist/index.js").Reader} Reader */

const LISTED = { scanState: ["catching_up", "complete"], following: ["unknown", "watching", "polling"], kind: ["other", "five_hour", "seven_day", "seven_day_model", "spend"] };
/** How long the live file may be missing or busy. */
const PATIENCE_MS = 10_000;

/** A field's name in the layout. @param {string} name */
const snake = (name) => name.replace(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`).replace(/write([51])/, "write_$1");

/** JSON with integers of any size, the layout's names, and listed values as their numbers. @param {unknown} value @returns {string} */
function json(value) {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(json).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => {
    const texts = /** @type {Record<string, string[]>} */ (LISTED)[name];
    return `${JSON.stringify(snake(name))}:${texts && typeof member === "string" ? texts.indexOf(member) : json(member)}`;
  });
  return `{${members.join()}}`;
}

/** Zeros in the form of the given value. @param {unknown} value @returns {any} */
const zeros = (value) => (typeof value === "bigint" ? 0n : Object.fromEntries(Object.entries(Object(value)).map(([name, member]) => [name, zeros(member)])));
const NO_LIMIT = { used: 0n, resetsAt: 0n, seenAt: 0n };

/** @param {{ path: string, now: bigint, held: boolean }} request */
function read({ path, now, held }) {
  const reader = open(path);
  const { totals, ...tables } = reader.frame();
  const { fileBytes, ...page } = reader.identity;
  const { control, ...slot } = totals;
  const { publisher, heartbeatAgeMs } = freshnessOf(control, { now, bootClock: null, held });
  const { today, thisWeek, thisMonth, block, fiveHourLimit, sevenDayLimit } = totals;
  const over = { today: isOver(today, now), thisWeek: isOver(thisWeek, now), thisMonth: isOver(thisMonth, now), block: block && isOver(block, now) };
  const whole = { ...slot, block: block ?? zeros(today), fiveHourLimit: fiveHourLimit ?? NO_LIMIT, sevenDayLimit: sevenDayLimit ?? NO_LIMIT };
  const health = reader.health();
  reader.close();
  const state = control.stopped ? 2 : 1;
  return { snapshot: { page, superseded: Number(control.superseded), state, slot: whole, ...tables, health, freshness: publisher, heartbeatAgeMs, over } };
}

/** Whether a set is one that the live writer gives. @param {import("../dist/index.js").Counters} set */
function isSound(set) {
  const { requests: r } = set;
  const expected = [r, r + 1n, 2n * r, 3n * r, 5n * r, 7n * r, 11n * r, 13n * r, 17n * r, (19n * r) << 40n, r, 23n * r, 29n * r, 31n * r];
  return Object.values(set).every((value, index) => value === expected[index]);
}

/** @param {import("../dist/index.js").Totals} totals */
function areSound(totals) {
  const sets = [totals.totals, totals.today.counters, totals.thisWeek.counters, totals.thisMonth.counters, ...(totals.block ? [totals.block.counters] : [])];
  return sets.every((set) => isSound(set) && set.requests === totals.totals.requests) && totals.publishedAt === 1_700_000_000_000n + totals.generation;
}

/** @param {{ path: string, reads: number, frames: number }} request */
function live({ path, reads, frames }) {
  const result = { reads: 0, frames: 0, torn: 0, backwards: 0, busy: 0, mostTries: 0, generations: 0, files: 0, nsPerRead: 0 };
  /** @type {Reader | undefined} */
  let reader;
  /** @type {unknown} */
  let file;
  let highest = { epoch: 0n, generation: 0n };
  let [patience, spent] = [performance.now() + PATIENCE_MS, 0n];
  while (result.reads < reads || result.frames < frames) {
    const isFrame = result.frames < frames && result.frames * reads <= result.reads * frames;
    try {
      reader ??= open(path);
      const begun = process.hrtime.bigint();
      const frame = isFrame ? reader.frame() : undefined;
      const totals = frame?.totals ?? reader.totals();
      if (!isFrame) spent += process.hrtime.bigint() - begun;
      const { epoch } = reader.identity;
      if (file !== reader.identity) [file, result.files] = [reader.identity, result.files + 1];
      const rows = frame ? [...frame.models, ...frame.projects, ...frame.sessions, ...frame.agents, ...frame.days, ...frame.hours] : [];
      const areTheirs = rows.every(({ counters }) => isSound(counters) && counters.requests === totals.totals.requests);
      const past = frame ? frame.history.every(({ counters }) => isSound(counters)) : true;
      if (!areSound(totals) || !areTheirs || !past) result.torn++;
      if (epoch === highest.epoch && totals.generation < highest.generation) result.backwards++;
      if (epoch !== highest.epoch || totals.generation > highest.generation) {
        result.generations++;
        highest = { epoch, generation: totals.generation };
      }
      result.mostTries = Math.max(result.mostTries, reader.tries);
      isFrame ? result.frames++ : result.reads++;
      patience = performance.now() + PATIENCE_MS;
    } catch (error) {
      const passes = error instanceof SnapshotError && (error.code === Code.Missing || error.code === Code.Busy);
      if (!passes || performance.now() > patience) throw error;
      result.busy++;
    }
  }
  reader?.close();
  return { ...result, nsPerRead: Math.round(Number(spent) / Math.max(reads, 1)) };
}

/** The median of 15 batches. @param {number} reads @param {() => unknown} read */
function median(reads, read) {
  const batch = Math.max(1, Math.floor(reads / 15));
  const times = Array.from({ length: 15 }, () => {
    const begun = process.hrtime.bigint();
    for (let count = 0; count < batch; count++) read();
    return Number(process.hrtime.bigint() - begun) / batch;
  });
  return Math.round(times.sort((a, b) => a - b)[7] ?? 0);
}

/** @param {{ path: string, reads: number }} request */
function cost({ path, reads }) {
  const reader = open(path);
  const answer = { nsPerTotals: median(reads, () => reader.totals()), nsPerToday: median(reads, () => reader.counters("today")) };
  reader.close();
  return answer;
}

/** @param {string} line */
function answer(line) {
  const request = JSON.parse(line);
  // JSON.parse rounds large integers.
  request.now = BigInt(/"now_ms": *(-?\d+)/.exec(line)?.[1] ?? 0);
  try {
    if (request.do === "read") return read(request);
    if (request.do === "live") return live(request);
    if (request.do === "cost") return cost(request);
  } catch (error) {
    if (error instanceof SnapshotError) return { error: error.code };
    throw error;
  }
  throw new Error(`unknown request: ${request.do}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) process.stdout.write(`${json(answer(line))}\n`);
}
