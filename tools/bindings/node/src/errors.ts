// What can go wrong with a snapshot, by the numbers that all of cco's programs and readers share.
//
// Invariant: a number has one meaning for ever, and each message says what to do next. Used by every module.

import { isUtf8 } from "node:buffer";

/** Outcomes that have a number: the exit codes of `cco-peek`. */
export const Code = {
  /** Nothing is at the path: no publisher has run yet. */
  Missing: 4,
  NotASnapshot: 5,
  /** The path leads to something that is not a regular file. */
  NotAFile: 9,
  /** The file belongs to another user. */
  ForeignOwner: 10,
  /** The snapshot was written on a machine with the other byte order. */
  ByteOrder: 11,
  /** The snapshot has a layout version that this reader does not know. */
  Version: 12,
  Damaged: 13,
  /** The snapshot was shortened while it was open. */
  Shrunk: 14,
  /** The snapshot holds no complete publish. */
  NothingPublished: 15,
  /** Every attempt to read overlapped a publish: keep the last values and read again. */
  Busy: 16,
  /** The system refused; `cause` says why. */
  Io: 17,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

/** Why there are no values; `code` is one of {@link Code}. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function damaged(path: string, what: string): SnapshotError {
  return new SnapshotError(Code.Damaged, `${path} is damaged (${what}): run \`cco publish --once\` to replace it, or restart the publisher`);
}

/** The text of some bytes of the file at `path`, which is damaged if there are none or they are not UTF-8. */
export function utf8(bytes: Uint8Array | undefined, path: string): string {
  if (!bytes || !isUtf8(bytes)) throw damaged(path, "a text is not UTF-8, or lies outside the names");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

export function notASnapshot(path: string, why: string): SnapshotError {
  return new SnapshotError(Code.NotASnapshot, `${path} is not a snapshot (${why}): check the path, or move the file away and run \`cco publish --once\``);
}

export function notAFile(path: string, kind: string): SnapshotError {
  return new SnapshotError(Code.NotAFile, `${path} is ${kind}, not a snapshot file: give the file itself`);
}

export function refused(action: string, path: string, cause: unknown): SnapshotError {
  const advice = errno(cause) === "EACCES" ? "check the permissions of the file and its folders" : "check its disk and try again";
  return new SnapshotError(Code.Io, `cannot ${action} ${path}: ${advice}`, { cause });
}

/** The system's name of an error, such as `ENOENT`. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
