// Whether a publisher keeps the figures current.
//
// Invariant: a pure function of what the file says, the clocks and the lock. A publisher is live only while it holds the
// lock, as far as that can be seen, and its heartbeat is at most 15 s old. Used by the reader, by tests, by hosts with
// clocks of their own.

import type { Control } from "./layout.js";

export const HEARTBEAT_LIMIT_MS = 15_000n;

/** What freshness is judged by. */
export interface Surroundings {
  /** The wall clock, ms UTC. */
  now: bigint;
  /** CLOCK_MONOTONIC of the first time namespace, in ms, if the file is known to be of this boot; else `null`. */
  bootClock: bigint | null;
  /** Whether a process holds the publisher's lock; `undefined` if that cannot be seen. Asked only if it decides. */
  held: boolean | undefined;
}

export interface Freshness {
  /** `live`: the figures are current. `stopped`: it ended cleanly. `dead`: it was killed, or hangs. */
  publisher: "live" | "stopped" | "dead";
  heartbeatAgeMs: bigint;
}

export function freshnessOf(control: Control, surroundings: Surroundings): Freshness {
  const { now, bootClock } = surroundings;
  // Only within a boot does its clock tell: it is never set, and stands still in sleep.
  const age = bootClock === null ? now - control.heartbeatWall : bootClock - control.heartbeatMonotonic;
  // A heartbeat from the future is not a new one.
  const heartbeatAgeMs = age < 0n ? -age : age;
  const isLive = () => heartbeatAgeMs <= HEARTBEAT_LIMIT_MS && surroundings.held !== false;
  return { publisher: control.stopped ? "stopped" : isLive() ? "live" : "dead", heartbeatAgeMs };
}
