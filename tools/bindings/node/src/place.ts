// Where the snapshot is: `$CCO_SNAPSHOT`, else `usage.snapshot` in `$CCO_STATE`, else in `cco` in `$XDG_STATE_HOME` or
// `~/.local/state`.
//
// Invariant: the same rule as the publisher's, so both mean the same file. Pure but for `defaultPath`.

import { isAbsolute, join } from "node:path";

/** The path by the given environment; `undefined` if neither its variables nor a home folder give one. */
export function pathFrom(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { CCO_SNAPSHOT, CCO_STATE, XDG_STATE_HOME = "", HOME = "" } = environment;
  if (CCO_SNAPSHOT) return CCO_SNAPSHOT;
  if (CCO_STATE) return join(CCO_STATE, "usage.snapshot");
  // The XDG specification asks to ignore relative paths.
  if (isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, "cco/usage.snapshot");
  return isAbsolute(HOME) ? join(HOME, ".local/state/cco/usage.snapshot") : undefined;
}

/** The path of this user's snapshot by the environment of this process. */
export function defaultPath(): string | undefined {
  return pathFrom(process.env);
}
