// Where the snapshot is: `$CCO_SNAPSHOT`, else `usage.snapshot` in `$CCO_STATE`, else in `cco` in `$XDG_STATE_HOME` or
// `~/.local/state`.
//
// Invariant: the same rule as the publisher's, so both mean the same file. Pure but for `defaultPath`.

import { isAbsolute, join } from "node:path";

/** The path by the given environment; `undefined` if neither its variables nor a home folder give one. */
export function pathFrom(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  if (environment.CCO_SNAPSHOT) return environment.CCO_SNAPSHOT;
  const folder = environment.CCO_STATE || stateFolder(environment);
  return folder && join(folder, "usage.snapshot");
}

/** The path of this user's snapshot by the environment of this process. */
export function defaultPath(): string | undefined {
  return pathFrom(process.env);
}

function stateFolder({ XDG_STATE_HOME, HOME }: Readonly<Record<string, string | undefined>>): string | undefined {
  // The XDG specification asks to ignore relative paths.
  if (XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, "cco");
  return HOME && isAbsolute(HOME) ? join(HOME, ".local/state/cco") : undefined;
}
