// The extension as `cco setup vscode` has a real code-server install it and take it away. For `code-server.mjs`.
//
// Invariant: nobody else installs it, and everything that is written is below the place's home.
// @ts-check
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { CCO } from "../../../bindings/node/tests/publisher.mjs";

const { CCO_CODE_SERVER: SERVER = "" } = process.env;
const PATIENCE_MS = 120_000;

/** @typedef {import("../../../bindings/node/tests/publisher.mjs").Place} Place */

/** An editor of this place, found as any other program is: by its name. @param {Place} place */
export function editorOf(place) {
  const programs = join(place.home, "bin");
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, "node"));
  symlinkSync(join(SERVER, "node_modules/.bin/code-server"), join(programs, "code-server"));
  place.environment.PATH = `${programs}:/usr/bin:/bin`;
  const run = (/** @type {string} */ program, /** @type {string[]} */ ...words) => {
    const { status, stdout, stderr, error } = spawnSync(program, words, { env: place.environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE_MS });
    if (error) throw error;
    return { status, stdout, stderr };
  };
  const folder = join(place.home, ".local/share/code-server");
  return {
    /** @param {string[]} words */
    setup: (...words) => run(CCO, "setup", "vscode", "--yes", ...words),
    /** What the editor itself says that it has. */
    extensions: () => run("code-server", "--list-extensions", "--show-versions").stdout.split("\n").filter((line) => line.includes("@")),
    /** The code that the editor would run, of each version that it holds. */
    code: () => {
      const extensions = join(folder, "extensions");
      return readdirSync(extensions).filter((name) => name.startsWith("cco.cco-usage-")).map((name) => readFileSync(join(extensions, name, "dist/extension.cjs"), "utf8"));
    },
    settings: join(folder, "User/settings.json"),
    /** What setup keeps in order to undo it. */
    records: join(place.home, "state/cco/setup"),
  };
}
