// The reader: an open snapshot, its current figures one system call away.
//
// Invariant: within an epoch a reader never returns an older commit than before, and it follows the path: a file that
// was superseded or replaced is opened again. It never writes and takes no lock. For everybody.

import { setTimeout as sleep } from "node:timers/promises";
import { newestSection, tablesOf } from "./copies.js";
import { Code, SnapshotError } from "./errors.js";
import { SnapshotFile } from "./file.js";
import { freshnessOf, type Freshness as Judged } from "./freshness.js";
import { PAGE_BYTES } from "./identity.js";
import { CONTROL, COUNTERS, HEALTH, PERIOD, SLOT } from "./layout.js";
import type { Health, Identity, Period, Tables, Totals } from "./layout.js";
import { defaultPath } from "./place.js";
import { bootClock, bootId, isHeld, known } from "./system.js";

/** Totals and all tables of one commit. */
export type Frame = Tables & { totals: Totals };
/** Whether the figures are current. `replaced`: the file at the path is not the open one, or there is none. */
export type Freshness = Judged & { replaced: boolean };
/** What {@link Reader.changes} gives: new totals, or the same totals of a publisher that came or went. */
export type Change = { totals: Totals; freshness: Freshness };

const SPANS = { all: "totals", today: "today", week: "thisWeek", month: "thisMonth", block: "block" } as const;
/** What a set of counters is over. */
export type Span = keyof typeof SPANS;
/** All time has no start and no end. */
const ALWAYS = { start: -(2n ** 63n), end: 2n ** 63n - 1n };
/** How often the path is looked at, and by an iterator the publisher. */
const CHECK_EVERY_MS = 1000;
const ATTEMPTS = 64;
/** The first attempts do not wait: most publishes take microseconds. */
const ATTEMPTS_AT_ONCE = 5;
const NEVER = new Int32Array(new SharedArrayBuffer(4));
/** What an attempt may say only because it overlapped a publish. */
const PASSING: readonly Code[] = [Code.Damaged, Code.NothingPublished, Code.Busy];
const CONTROL_AT = 1024;
const SLOTS_AT = 1280;

/** Opens the snapshot at `path`, else this user's. Like all methods of open readers, it throws {@link SnapshotError}. */
export function open(path: string | undefined = defaultPath()): Reader {
  if (path !== undefined) return new Reader(path);
  throw new SnapshotError("Missing", "a home folder with your snapshot", "give a path, or set CCO_SNAPSHOT");
}

export class Reader {
  /** How many attempts the last read took: 1, unless it overlapped a publish. */
  tries = 0;
  #open: SnapshotFile | undefined;
  #floor = 0n;
  #checkedAt = performance.now();
  readonly #page = new DataView(new ArrayBuffer(PAGE_BYTES));

  constructor(readonly path: string) {
    this.#open = new SnapshotFile(path);
  }

  /** What the open file says about itself. */
  get identity(): Identity {
    return this.#file.identity;
  }

  /** The newest totals. */
  totals(): Totals {
    return this.#read(() => this.#totalsAt(this.#newestSlot()));
  }

  /**
   * One set of counters of the newest commit, with its start and end; see `isOver`. A part of what `totals` decodes. The
   * block's start and end are 0 if there is none.
   */
  counters(span: Span): Period {
    return this.#read(() => {
      const at = this.#newestSlot() + SLOT.offsets[SPANS[span]];
      return span === "all" ? { ...ALWAYS, counters: COUNTERS.read(this.#page, at) } : PERIOD.read(this.#page, at);
    });
  }

  /** Totals and all tables of the newest commit. */
  frame(): Frame {
    return this.#read(() => {
      const slot = this.#newestSlot();
      return { totals: this.#totalsAt(slot), ...tablesOf(this.#file, this.#page, slot) };
    });
  }

  /** The publisher's newest report on itself; `null` if it never made one. */
  health(): Health | null {
    return this.#read(() => {
      const { offset, rowBytes, capacity } = this.#file.areas.health;
      const ring = this.#file.read(offset, rowBytes * capacity);
      const { at, sequence } = newestSection(this.path, ring, 0, rowBytes);
      return sequence === 0n ? null : HEALTH.read(ring, at);
    });
  }

  /** Whether a publisher keeps the figures current. Asks the clocks, the path, and the lock if that decides. */
  freshness(): Freshness {
    const control = CONTROL.read(this.#file.read(0, PAGE_BYTES, this.#page), CONTROL_AT);
    const [now, lock] = [BigInt(Date.now()), `${this.path}.lock`];
    const clock = this.identity.bootId === bootId() ? bootClock() : null;
    const judged = freshnessOf(control, { now, bootClock: clock, get held() { return isHeld(lock); } });
    return { ...judged, replaced: this.#file.isReplaced() };
  }

  /**
   * Opens the file at the path if it is not the open one; true if it was another. If it cannot be opened, this throws and
   * the open file stays. Reads do this by themselves, if the open file is superseded and else once a second.
   */
  refresh(): boolean {
    if (!this.#file.isReplaced()) return false;
    const newer = new SnapshotFile(this.path);
    // Generations of another epoch cannot be compared.
    if (newer.identity.epoch !== this.identity.epoch) this.#floor = 0n;
    this.close();
    this.#open = newer;
    return true;
  }

  /**
   * Gives the present totals, then each change: of the totals, or of whether a publisher keeps them current. Ends when
   * `signal` aborts. It looks at page 0 every `everyMs`.
   */
  async *changes(options: { signal?: AbortSignal; everyMs?: number } = {}): AsyncGenerator<Change, void, void> {
    const { signal, everyMs = 100 } = options;
    let [told, checkedAt, freshness] = ["", performance.now(), this.freshness()];
    while (!signal?.aborted) {
      const totals = unless(Code.Busy, () => this.totals());
      const isDue = performance.now() - checkedAt >= CHECK_EVERY_MS;
      if (isDue) [freshness, checkedAt] = [this.freshness(), performance.now()];
      const now = [this.identity.epoch, totals?.generation, freshness.publisher, freshness.replaced].join();
      if (totals && now !== told) {
        told = now;
        yield { totals, freshness };
      }
      // An abort wakes it early, and then the loop ends.
      await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
    }
  }

  /** Closes the file. Whatever is asked of a closed reader is an error, but to close it again, which does nothing. */
  close(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  get #file(): SnapshotFile {
    if (this.#open) return this.#open;
    throw new Error(`the reader of ${this.path} was closed: open another one`);
  }

  /** Follows the path, then attempts to read until a copy is whole. */
  #read<T>(attempt: () => T): T {
    if (performance.now() - this.#checkedAt >= CHECK_EVERY_MS) {
      // A file that was deleted only counts as not there yet.
      unless(Code.Missing, () => this.refresh());
      this.#checkedAt = performance.now();
    }
    let last: SnapshotError | undefined;
    for (this.tries = 1; this.tries <= ATTEMPTS; this.tries++) {
      try {
        return attempt();
      } catch (error) {
        if (!(error instanceof SnapshotError) || !PASSING.includes(error.code)) throw error;
        // What is wrong in the same way twice was not overlapped.
        if (error.code === Code.Damaged && error.message === last?.message) throw error;
        last = error;
      }
      // Gives a publisher at full speed time to finish. A host may let no thread wait.
      if (this.tries >= ATTEMPTS_AT_ONCE) known(() => Atomics.wait(NEVER, 0, 0, 0.05));
    }
    throw last?.code === Code.NothingPublished ? last : new SnapshotError("Busy", this.path);
  }

  /** Copies page 0, and gives the place of the newest slot in it. */
  #newestSlot(): number {
    this.#file.read(0, PAGE_BYTES, this.#page);
    const isSuperseded = this.#page.getBigUint64(CONTROL_AT, true) !== 0n;
    const isNewer = isSuperseded && unless(Code.Missing, () => this.refresh());
    if (isNewer) this.#file.read(0, PAGE_BYTES, this.#page);
    const { at, sequence } = newestSection(this.path, this.#page, SLOTS_AT, SLOT.bytes);
    const outcome = this.#floor > 0n ? "Busy" : "NothingPublished";
    if (sequence === 0n || sequence < this.#floor) throw new SnapshotError(outcome, this.path);
    this.#floor = sequence;
    return at;
  }

  #totalsAt(slot: number): Totals {
    return { ...SLOT.read(this.#page, slot), control: CONTROL.read(this.#page, CONTROL_AT) };
  }
}

/** What `read` gives; `undefined` if it fails with that code. */
function unless<T>(code: Code, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SnapshotError && error.code === code) return undefined;
    throw error;
  }
}
