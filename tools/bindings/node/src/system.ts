// What the system tells without native code: this boot, its clock, and who holds a lock.
//
// Invariant: nothing here takes a lock or writes. What cannot be known is `undefined` or `null`, never a guess. Locks can
// be seen on Linux only, in /proc/locks: by the device and the inode of the kernel, which on Btrfs and overlayfs are not
// those of `stat`. Used by the reader.

import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { errno, refused } from "./errors.js";

/** Opens without following a link at the path and without waiting for a pipe. Zero where a system has no such flag. */
export const GUARDED = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The id of this boot, a UUID; `undefined` if the system has none. */
export function bootId(): string | undefined {
  return textOf("/proc/sys/kernel/random/boot_id")?.trim().toLowerCase();
}

/** CLOCK_MONOTONIC as all processes of this boot see it, in ms. Only Linux has boot ids, and only there it is needed. */
export function bootClock(): bigint {
  return process.hrtime.bigint() / 1_000_000n - timeNamespaceOffset();
}

function timeNamespaceOffset(): bigint {
  // The offsets are those of this process's children, which may be in another namespace.
  if (linkOf("/proc/self/ns/time") !== linkOf("/proc/self/ns/time_for_children")) return 0n;
  const [, seconds, nanoseconds] = /^monotonic\s+(-?\d+)\s+(-?\d+)/m.exec(textOf("/proc/self/timens_offsets") ?? "") ?? [];
  return seconds && nanoseconds ? BigInt(seconds) * 1000n + BigInt(nanoseconds) / 1_000_000n : 0n;
}

/** Whether some process holds the lock on the file at `path`; `undefined` if that cannot be seen here. */
export function isHeld(path: string): boolean | undefined {
  let fd: number;
  try {
    fd = openSync(path, GUARDED);
  } catch (error) {
    if (errno(error) === "ENOENT") return false;
    throw refused("examine", path, error);
  }
  try {
    const locks = process.platform === "linux" ? textOf("/proc/locks") : undefined;
    return locks === undefined ? undefined : lockIn(locks, kernelName(fd));
  } finally {
    closeSync(fd);
  }
}

/** Whether the text of /proc/locks has a lock of a process on the file of that name. */
export function lockIn(locks: string, file: string): boolean {
  // A waiting process has an arrow in its line. What is asked for is a lock that excludes others' (`fcntl`).
  return locks.split("\n").some((line) => /^\d+: +(OFDLCK|POSIX) /.test(line) && line.includes(` ${file} `));
}

/** How /proc/locks names an open file: `08:01:12345`. */
function kernelName(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const about = textOf(`/proc/self/fdinfo/${fd}`) ?? "";
  const mount = /^mnt_id:\s*(\d+)/m.exec(about)?.[1];
  const device = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) `, "m").exec(textOf("/proc/self/mountinfo") ?? "");
  const [major, minor] = device ? [Number(device[1]), Number(device[2])] : deviceOf(dev);
  const hex = (number: number) => number.toString(16).padStart(2, "0");
  return `${hex(major)}:${hex(minor)}:${/^ino:\s*(\d+)/m.exec(about)?.[1] ?? ino}`;
}

/** Major and minor number of a device, as glibc and musl put them together. */
function deviceOf(dev: bigint): [number, number] {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [Number(major), Number(minor & 0xffff_ffffn)];
}

/** A file's text; `undefined` if the system has no such file. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
