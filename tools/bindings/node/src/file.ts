// An open snapshot file: what may be opened, and its bytes by `read`.
//
// Invariant: an open file is a regular file of this user or of root, was not reached through a link, and its static part
// was checked. Reads are whole or fail: a file that became shorter is an error. Used by `copies` and the reader.

import { type BigIntStats, closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { Code, errno, notAFile, notASnapshot, refused, SnapshotError } from "./errors.js";
import { type Areas, identify, PAGE_BYTES } from "./identity.js";
import type { Identity } from "./layout.js";
import { GUARDED } from "./system.js";

export interface OpenFile {
  path: string;
  fd: number;
  dev: bigint;
  ino: bigint;
  identity: Identity;
  areas: Areas;
}

/** Opens and checks the snapshot at `path`. */
export function openFile(path: string): OpenFile {
  const fd = opened(path);
  try {
    const stat = fstatSync(fd, { bigint: true });
    checkKind(path, stat);
    const page = Buffer.alloc(PAGE_BYTES);
    readWhole({ path, fd }, page, 0);
    return { path, fd, dev: stat.dev, ino: stat.ino, ...identify(page, Number(stat.size), path) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether the file at the path is another one, or gone. */
export function isReplaced({ path, dev, ino }: OpenFile): boolean {
  try {
    const now = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return now?.dev !== dev || now.ino !== ino;
  } catch (error) {
    throw refused("examine", path, error);
  }
}

/** Fills `bytes` from the offset `from` of the file. */
export function readWhole({ path, fd }: Pick<OpenFile, "path" | "fd">, bytes: Buffer, from: number): void {
  for (let filled = 0; filled < bytes.length; ) {
    const read = readOnce(path, fd, bytes, filled, from + filled);
    if (read === 0) {
      const advice = "something other than a publisher changed it; a running publisher replaces it within seconds, else run `cco publish --once`";
      throw new SnapshotError(Code.Shrunk, `${path} was shortened while it was open: ${advice}`);
    }
    filled += read;
  }
}

function readOnce(path: string, fd: number, bytes: Buffer, into: number, from: number): number {
  try {
    return readSync(fd, bytes, into, bytes.length - into, from);
  } catch (error) {
    throw refused("read", path, error);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, GUARDED);
  } catch (cause) {
    const name = errno(cause);
    if (name === "ENOENT" || name === "ENOTDIR") {
      throw new SnapshotError(Code.Missing, `no snapshot at ${path}: run \`cco publish --once\` to make one`, { cause });
    }
    if (name === "ELOOP" || name === "EMLINK") throw notAFile(path, "a symbolic link");
    throw name === "ENXIO" ? notAFile(path, "a socket or device") : refused("open", path, cause);
  }
}

function checkKind(path: string, stat: BigIntStats): void {
  if (!stat.isFile()) {
    throw notAFile(path, stat.isDirectory() ? "a folder" : stat.isFIFO() ? "a named pipe" : stat.isSocket() ? "a socket" : "a device");
  }
  const user = process.geteuid?.();
  if (user !== undefined && stat.uid !== BigInt(user) && stat.uid !== 0n) {
    throw new SnapshotError(Code.ForeignOwner, `${path} belongs to user ${stat.uid}: only your own snapshots are read; choose another`);
  }
  if (stat.size < BigInt(PAGE_BYTES)) throw notASnapshot(path, stat.size === 0n ? "it is empty" : "it is shorter than a page");
}
