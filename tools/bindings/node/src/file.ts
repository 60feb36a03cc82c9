// An open snapshot file: what may be opened, and its bytes by `read`.
//
// Invariant: an open file is a regular file of this user or of root, was not reached through a link, and its static part
// was checked. Reads are whole or fail: a file that became shorter is an error. Used by `copies` and the reader.

import { type BigIntStats, closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { type Outcome, SnapshotError } from "./errors.js";
import { type Areas, areasOf, identityOf, PAGE_BYTES } from "./identity.js";
import type { Identity } from "./layout.js";
import { GUARDED, known } from "./system.js";

/** Whatever else the system says is `Io`. */
const SAID: Readonly<Record<string, Outcome>> = {
  ENOENT: "Missing", ENOTDIR: "Missing", ELOOP: "NotAFile", EMLINK: "NotAFile", ENXIO: "NotAFile",
};

export class SnapshotFile {
  readonly identity: Identity;
  readonly areas: Areas;
  readonly #fd: number;
  readonly #stat: BigIntStats;

  /** Opens and checks the snapshot at `path`. */
  constructor(readonly path: string) {
    this.#fd = asked(path, () => openSync(path, GUARDED));
    try {
      const stat = (this.#stat = fstatSync(this.#fd, { bigint: true }));
      if (!stat.isFile()) throw new SnapshotError("NotAFile", path);
      const isTrusted = [0, process.geteuid?.() ?? Number(stat.uid)].includes(Number(stat.uid));
      if (!isTrusted) throw new SnapshotError("ForeignOwner", path, `user ${stat.uid}`);
      if (stat.size < PAGE_BYTES) throw new SnapshotError("NotASnapshot", path, "it is shorter than a page");
      const page = this.read(0, PAGE_BYTES);
      this.identity = identityOf(page, stat.size, path);
      this.areas = areasOf(page, stat.size, path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Whether the file at the path is another one, or gone. */
  isReplaced(): boolean {
    const now = known(() => lstatSync(this.path, { bigint: true }));
    return now?.dev !== this.#stat.dev || now.ino !== this.#stat.ino;
  }

  /** The bytes from an offset of the file, in `into` if it is given. */
  read(from: number, bytes: number, into = new DataView(new ArrayBuffer(bytes))): DataView {
    for (let filled = 0; filled < bytes; ) {
      const read = asked(this.path, () => readSync(this.#fd, into, filled, bytes - filled, from + filled));
      if (read === 0) throw new SnapshotError("Shrunk", this.path);
      filled += read;
    }
    return into;
  }
}

/** What `ask` gives. If the system refuses, that is an outcome. */
function asked<T>(path: string, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new SnapshotError(SAID[code] ?? "Io", path, code, { cause });
  }
}
