// What can go wrong with a snapshot, by the numbers that all of cco's programs and readers share.
//
// Invariant: a number has one meaning for ever, and each message ends with what to do next. Used by every module.

/** Of each outcome: its number, which is the exit code of `cco-peek` too, what is the matter, and what to do. */
const OUTCOMES = {
  /** Nothing is at the path: no publisher has run yet. */
  Missing: [4, "does not exist", "run `cco publish --once` to make one"],
  NotASnapshot: [5, "is not a snapshot", "check the path, or move the file away and run `cco publish --once`"],
  /** The path leads to something that is not a regular file. */
  NotAFile: [9, "is not a regular file, but a folder, a link or the like", "give the snapshot file itself"],
  ForeignOwner: [10, "belongs to another user", "only your own snapshots are read; choose another"],
  /** The snapshot was written on a machine with the other byte order. */
  ByteOrder: [11, "has the byte order of another kind of machine", "publish it again on this machine"],
  /** The snapshot has a layout version that this reader does not know. */
  Version: [12, "has an unknown layout version", "update the older of publisher and reader"],
  Damaged: [13, "is damaged", "run `cco publish --once` to replace it, or restart the publisher"],
  /** Something other than a publisher shortened the snapshot while it was open. */
  Shrunk: [14, "was shortened while it was open", "restart the publisher, or run `cco publish --once`"],
  /** The snapshot holds no complete publish, which only damage can cause. */
  NothingPublished: [15, "holds no complete publish", "run `cco publish --once` to replace it"],
  /** Every attempt to read overlapped a publish. */
  Busy: [16, "was being written during every attempt", "keep the last values and read again later"],
  /** The system refused; `cause` says why. */
  Io: [17, "cannot be read", "check the disk, and the permissions of the file and its folders"],
} as const;

export type Outcome = keyof typeof OUTCOMES;
type Codes = { readonly [Name in Outcome]: (typeof OUTCOMES)[Name][0] };

export const Code = Object.fromEntries(Object.entries(OUTCOMES).map(([name, [code]]) => [name, code])) as Codes;
export type Code = Codes[Outcome];

/** Why there are no values; `code` is one of {@link Code}. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code: Code;

  constructor(outcome: Outcome, path: string, detail = "", options?: ErrorOptions) {
    const [code, what, advice] = OUTCOMES[outcome];
    super(`${path} ${what}${detail && ` (${detail})`}: ${advice}`, options);
    this.code = code;
  }
}

/** Throws if something in the file at `path` is not right. */
export function check(isRight: boolean, path: string, what: string): void {
  if (!isRight) throw new SnapshotError("Damaged", path, what);
}
