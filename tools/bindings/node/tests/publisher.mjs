// A home with transcripts, and a publisher that counts them: nothing of the user's own home is read. For tests.
// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { ROOT, temporaryFolder } from "./golden.mjs";

/** Where the programs are: in `$CCO_PROGRAMS`, else where cargo puts them. */
const PROGRAMS = process.env.CCO_PROGRAMS ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug");
export const CCO = join(PROGRAMS, "cco");
/** Why what needs a publisher is not run; false if it is. */
export const NO_PUBLISHER = existsSync(CCO) ? false : `NOT RUN: there is no ${CCO}: run \`cargo build\`, or set CCO_PROGRAMS`;

export class Place {
  home = temporaryFolder();
  environment = {
    PATH: process.env.PATH, TZ: "UTC", LANG: "C.UTF-8", HOME: this.home, XDG_STATE_HOME: join(this.home, "state"), XDG_CONFIG_HOME: join(this.home, "config"),
    XDG_CACHE_HOME: join(this.home, "cache"), XDG_RUNTIME_DIR: join(this.home, "run"),
  };
  path = join(this.home, "state/cco/usage.snapshot");
  #count = 0;

  /** Appends a request of a session in a folder. @param {{ folder?: string, model?: string, output?: number }} request */
  add({ folder: cwd = "/home/ada/engine", model = "claude-opus-4-6", output = 1000 } = {}) {
    this.#count++;
    const project = cwd.replace(/[^a-zA-Z0-9]/g, "-").slice(0, 60);
    const folder = join(this.home, ".claude/projects", project);
    mkdirSync(folder, { recursive: true });
    const message = { id: `msg_${this.#count}`, type: "message", role: "assistant", model, stop_reason: "end_turn", usage: { input_tokens: 1000, output_tokens: output } };
    const record = { type: "assistant", sessionId: `session${project}`, cwd, timestamp: new Date().toISOString(), requestId: `req_${this.#count}`, message };
    appendFileSync(join(folder, `session${project}.jsonl`), `${JSON.stringify(record)}\n`);
  }

  /** Starts a publisher, and waits until `isThere` holds. @param {() => boolean} isThere */
  async publish(isThere = () => existsSync(this.path)) {
    const publisher = spawn(CCO, ["publish"], { env: this.environment, stdio: ["ignore", "ignore", "pipe"] });
    after(() => publisher.kill("SIGKILL"));
    let said = "";
    publisher.stderr.on("data", (text) => (said += text));
    await until(isThere, 30_000, () => `the publisher does nothing: ${said}`);
    return {
      /** @param {NodeJS.Signals} signal */
      end: async (signal) => {
        const ended = once(publisher, "exit");
        publisher.kill(signal);
        await ended;
      },
    };
  }
}

/** Waits until something holds, and returns how long that took. @param {() => boolean} holds @param {number} patience @param {() => string} otherwise */
export async function until(holds, patience, otherwise) {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > patience) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - begun;
}
