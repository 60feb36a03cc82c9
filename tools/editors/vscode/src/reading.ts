// What is known of the usage at a moment: a frame and whether it is current, or why there is none.
//
// Invariant: a snapshot that cannot be read never becomes zeros. The tables are read again only if there is a new commit.
// Used by the extension's loop; knows nothing of the editor.

import { Code, type Frame, type Freshness, type Identity, open, type Reader, SnapshotError } from "cco-reader";

export type Reading =
  | { kind: "usage"; frame: Frame; freshness: Freshness; identity: Identity }
  /** No publisher has run yet, or there is no home folder and so no path. */
  | { kind: "missing"; path: string | undefined }
  | { kind: "unreadable"; message: string; code: number };

const CHECK_EVERY_MS = 1000;

/** Follows the snapshot at a path. */
export class Source {
  #reader: Reader | undefined;
  #frame: Frame | undefined;
  #freshness: Freshness | undefined;
  #checkedAt = -Infinity;

  constructor(readonly path: string | undefined) {}

  /** Reads what changed since the last call. Cheap if nothing did. */
  read(): Reading {
    if (this.path === undefined) return { kind: "missing", path: undefined };
    try {
      return this.#usage((this.#reader ??= open(this.path)));
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      // The last values stand while a publisher is writing.
      if (error.code === Code.Busy && this.#reader && this.#frame && this.#freshness) return this.#last(this.#reader, this.#frame, this.#freshness);
      this.close();
      return error.code === Code.Missing ? { kind: "missing", path: this.path } : { kind: "unreadable", message: error.message, code: error.code };
    }
  }

  close(): void {
    this.#reader?.close();
    this.#reader = this.#frame = this.#freshness = undefined;
  }

  #usage(reader: Reader): Reading {
    const before = reader.identity;
    const { generation } = reader.totals();
    if (!this.#frame || generation !== this.#frame.totals.generation || before !== reader.identity) this.#frame = reader.frame();
    const now = performance.now();
    if (!this.#freshness || now - this.#checkedAt >= CHECK_EVERY_MS) [this.#freshness, this.#checkedAt] = [reader.freshness(), now];
    // A deleted file keeps its values in the reader, but nobody else finds them any more.
    if (this.#freshness.replaced && reader.refresh()) {
      this.#checkedAt = -Infinity;
      return this.#usage(reader);
    }
    return this.#last(reader, this.#frame, this.#freshness);
  }

  #last(reader: Reader, frame: Frame, freshness: Freshness): Reading {
    return { kind: "usage", frame, freshness, identity: reader.identity };
  }
}
