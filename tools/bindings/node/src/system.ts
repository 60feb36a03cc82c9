// What the system tells without native code: this boot, its clock, and who holds a lock.
//
// Invariant: nothing here takes a lock or writes. What cannot be known is `undefined`, never a guess. Used by the reader
// and `file`.

import { closeSync, constants, lstatSync, openSync, readFileSync, readlinkSync } from "node:fs";

/** Opens without following a link at the path and without waiting for a pipe. Zero where a system has no such flag. */
export const GUARDED = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What `ask` gives; `undefined` if the system refuses or does not know. */
export function known<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

const textOf = (path: string) => readFileSync(path, "utf8");

/** The id of this boot, a UUID; `undefined` if the system has none. */
export function bootId(): string | undefined {
  return known(() => textOf("/proc/sys/kernel/random/boot_id").trim().toLowerCase());
}

/** CLOCK_MONOTONIC as all processes of this boot see it, in ms. Only Linux has boot ids, and only there it is needed. */
export function bootClock(): bigint {
  const offset = known(() => {
    const [own, ofChildren] = ["time", "time_for_children"].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    // The offsets are those of its children, which may be in another namespace.
    const offsets = own === ofChildren ? textOf("/proc/self/timens_offsets") : "";
    const [, seconds = 0, nanoseconds = 0] = /^monotonic\s+(-?\d+)\s+(-?\d+)/m.exec(offsets) ?? [];
    return BigInt(seconds) * 1000n + BigInt(nanoseconds) / 1_000_000n;
  });
  return process.hrtime.bigint() / 1_000_000n - (offset ?? 0n);
}

/**
 * Whether some process holds the lock on the file at `path`; `undefined` if that cannot be seen, as outside of Linux.
 * /proc/locks names files by the device and the inode of the kernel, which on Btrfs and overlayfs are not those of `stat`.
 */
export function isHeld(path: string): boolean | undefined {
  return known(() => {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
    const fd = openSync(path, GUARDED);
    const about = known(() => textOf(`/proc/self/fdinfo/${fd}`)) ?? "";
    closeSync(fd);
    const [, mount, inode] = /^mnt_id:\s*(\d+)\s+ino:\s*(\d+)/m.exec(about) ?? [];
    const device = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) `, "m").exec(textOf("/proc/self/mountinfo"));
    const numbers = device?.slice(1).map((number) => Number(number).toString(16).padStart(2, "0"));
    return numbers && lockIn(textOf("/proc/locks"), [...numbers, inode].join(":"));
  });
}

/** Whether the text of /proc/locks has a lock of a process on the file of that name, such as `08:01:12345`. */
export function lockIn(locks: string, file: string): boolean {
  // A waiting process has an arrow in its line. What is asked for is a lock that excludes others' (`fcntl`).
  return locks.split("\n").some((line) => /^\d+: +(OFDLCK|POSIX) /.test(line) && line.includes(` ${file} `));
}
