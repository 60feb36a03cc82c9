// Starts a publisher in the background, as a person would: `cco daemon start`, which does nothing if one runs.
//
// Invariant: nothing of a workspace decides which program runs. Knows nothing of the editor.

import { execFile } from "node:child_process";
import { inNotice } from "./names.js";

const PATIENCE_MS = 60_000;

/** What the program said; throws an error that says what to do, as a notification shows it. */
export function startPublisher(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ["daemon", "start"], { timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (!error) return resolve((stdout || stderr).trim());
      const isMissing = "code" in error && error.code === "ENOENT";
      const why = isMissing ? `there is no program ${program}: install cco, or say where it is in the setting cco.program` : stderr.trim() || error.message;
      reject(new Error(inNotice(`The publisher was not started: ${why}`), { cause: error }));
    });
  });
}
