// The reader: an open snapshot, its current figures one system call away.
//
// Invariant: within an epoch a reader never returns an older commit than before, and it follows the path: a file that
// was superseded or replaced is opened again. It never writes and takes no lock. For everybody.

import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyCopy, newestReport, newestSlot, newestTables, type Read, sequenceAt } from "./copies.js";
import { Code, SnapshotError } from "./errors.js";
import { isReplaced, type OpenFile, openFile, readWhole } from "./file.js";
import { freshnessOf, type Freshness as Judged } from "./freshness.js";
import { PAGE_BYTES } from "./identity.js";
import { HEALTH, type Health, type Identity, type Period, type Tables, type Totals } from "./layout.js";
import { defaultPath } from "./place.js";
import { NO_TEXTS } from "./struct.js";
import { bootClock, bootId, isHeld } from "./system.js";
import { controlOf, isSuperseded, type Span, spanOf, totalsOf } from "./totals.js";

/** Totals and all tables of one commit. */
export interface Frame extends Tables {
  totals: Totals;
}

/** Whether the figures are current. */
export interface Freshness extends Judged {
  /** The file at the path is not the open one, or there is none. */
  replaced: boolean;
}

/** What {@link Reader.changes} gives: new totals, or the same totals of a publisher that came or went. */
export interface Change {
  totals: Totals;
  freshness: Freshness;
}

/** How often the path is looked at, and by an iterator the publisher. */
const CHECK_EVERY_MS = 1000;
const POLL_EVERY_MS = 100;

/** Opens the snapshot at `path`, else this user's. Like all methods of readers, it throws {@link SnapshotError}. */
export function open(path: string | undefined = defaultPath()): Reader {
  if (path === undefined) throw new SnapshotError(Code.Missing, "there is no home folder to find a snapshot in: give a path, or set CCO_SNAPSHOT");
  return new Reader(path);
}

export class Reader {
  readonly path: string;
  /** How many attempts the last read took: 1, unless it overlapped a publish. */
  tries = 0;
  #file: OpenFile;
  #floor = 0n;
  #checkedAt = performance.now();
  readonly #page = emptyCopy(PAGE_BYTES);

  constructor(path: string) {
    this.path = path;
    this.#file = openFile(path);
  }

  /** What the open file says about itself. */
  get identity(): Identity {
    return this.#file.identity;
  }

  /** The newest totals. */
  totals(): Totals {
    return totalsOf(this.#page, this.#newest());
  }

  /** One set of counters of the newest commit, with its start and end; see `isOver`. A part of what `totals` decodes. */
  counters(span: Span): Period {
    return spanOf(this.#page, this.#newest(), span);
  }

  /** Totals and all tables of the newest commit. */
  frame(): Frame {
    this.#newest(); // Follows the path, for all attempts are in one file.
    const { slot, tables } = this.#tried(newestTables(this.#file, this.#page, () => this.#slotIn(this.#file)));
    return { totals: totalsOf(this.#page, slot), ...tables };
  }

  /** The publisher's newest report on itself; `null` if it never made one. */
  health(): Health | null {
    this.#follow();
    const report = this.#tried(newestReport(this.#file));
    return report ? HEALTH.read(report.copy.view, report.at, NO_TEXTS) : null;
  }

  /** Whether a publisher keeps the figures current. Asks the clocks, the lock and the path. */
  freshness(): Freshness {
    readWhole(this.#file, this.#page.bytes, 0);
    const clock = this.identity.bootId === bootId() ? bootClock() : null;
    const judged = freshnessOf(controlOf(this.#page), { now: BigInt(Date.now()), bootClock: clock, held: isHeld(`${this.path}.lock`) });
    return { ...judged, replaced: isReplaced(this.#file) };
  }

  /**
   * Opens the file at the path if it is not the open one; true if it was another. If it cannot be opened, this throws and
   * the open file stays. Reads do this by themselves, if the open file is superseded and else once a second.
   */
  refresh(): boolean {
    if (!isReplaced(this.#file)) return false;
    const newer = openFile(this.path);
    // Generations of another epoch cannot be compared.
    if (newer.identity.epoch !== this.identity.epoch) this.#floor = 0n;
    this.close();
    this.#file = newer;
    return true;
  }

  /**
   * Gives the present totals, then each change: of the totals, or of whether a publisher keeps them current. Ends when
   * `signal` aborts. It looks at page 0 every `everyMs`.
   */
  async *changes({ signal, everyMs = POLL_EVERY_MS }: { signal?: AbortSignal; everyMs?: number } = {}): AsyncGenerator<Change, void, void> {
    let [told, checkedAt, freshness] = ["", performance.now(), this.freshness()];
    while (!signal?.aborted) {
      const totals = unless(Code.Busy, () => this.totals());
      if (performance.now() - checkedAt >= CHECK_EVERY_MS) [freshness, checkedAt] = [this.freshness(), performance.now()];
      const now = [this.identity.epoch, totals?.generation, freshness.publisher, freshness.replaced].join();
      if (totals && now !== told) {
        told = now;
        yield { totals, freshness };
      }
      // An abort wakes it early, and then the loop ends.
      await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
    }
  }

  /** Closes the file. A closed reader reads no more. */
  close(): void {
    if (this.#file.fd >= 0) closeSync(this.#file.fd);
    this.#file = { ...this.#file, fd: -1 };
  }

  /** Where the newest slot is in the page, which this copies. */
  #newest(): number {
    this.#follow();
    const slot = this.#slotIn(this.#file);
    return isSuperseded(this.#page) && this.#refreshIfThere() ? this.#slotIn(this.#file) : slot;
  }

  #slotIn(file: OpenFile): number {
    const slot = this.#tried(newestSlot(file, this.#page, this.#floor));
    this.#floor = sequenceAt(this.#page, slot);
    return slot;
  }

  #tried<T>({ value, tries }: Read<T>): T {
    this.tries = tries;
    return value;
  }

  #follow(): void {
    if (performance.now() - this.#checkedAt < CHECK_EVERY_MS) return;
    this.#refreshIfThere();
    this.#checkedAt = performance.now();
  }

  /** `refresh`, but a file that was deleted only counts as not there yet. */
  #refreshIfThere(): boolean {
    return unless(Code.Missing, () => this.refresh()) ?? false;
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
