// A home with transcripts, and the programs that count and serve it. Nothing of the user's own home is read.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const ROOT = process.env.CCO_ROOT;
const PROGRAMS = process.env.CCO_PROGRAMS;
const DAY_MS = 86_400_000;

export class Place {
  constructor() {
    this.home = mkdtempSync(join(process.env.CCO_TEMPORARY, "home-"));
    mkdirSync(join(this.home, "run"), { mode: 0o700 });
    const below = (name) => join(this.home, name);
    this.environment = {
      HOME: this.home, PATH: process.env.PATH, TZ: "UTC", LANG: "C.UTF-8", CCO_LOG: "info",
      XDG_STATE_HOME: below(".local/state"), XDG_CONFIG_HOME: below(".config"), XDG_CACHE_HOME: below(".cache"), XDG_RUNTIME_DIR: below("run"),
    };
  }

  /** The sample with the worst names that transcripts can have, and budgets. */
  static ugly() {
    const place = new Place();
    const made = spawnSync("python3", ["-B", join(ROOT, "tools/pictures/sample_home.py"), place.home, "--ugly"], { stdio: "inherit" });
    if (made.status !== 0) throw new Error("cannot make the sample home");
    place.add("-markup", "s", { cwd: "/<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>", model: "<img src=x onerror=window.pwned=1>" });
    return place;
  }

  /** A year of someone's work, the same each time. */
  static year() {
    const place = new Place();
    let seed = 7;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const projects = ["engine", "notes", "website", "compiler"];
    const models = ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"];
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    for (let day = 300; day >= 0; day--) {
      const weekday = new Date(today - day * DAY_MS).getUTCDay();
      // Today is busy whatever day it is: one request alone has no rate.
      const pace = day > 0 && weekday % 6 === 0 ? random() * 3 : 3 + random() * 9;
      for (let count = 0; count < pace; count++) {
        const at = day === 0 ? Date.now() - random() * Math.min(3 * 3_600_000, Date.now() - today) : today - day * DAY_MS + (8 + random() * 12) * 3_600_000;
        const project = projects[Math.floor(random() ** 2 * projects.length)];
        place.add(`-home-ada-${project}`, `${String(day).padStart(4, "0")}c0de-0000-4000-8000-${project.padEnd(12, "0").slice(0, 12)}`, {
          cwd: `/home/ada/${project}`, model: models[Math.floor(random() ** 2 * models.length)], at,
          usage: { input_tokens: Math.floor(random() * 4_000), output_tokens: Math.floor(random() * 9_000), cache_read_input_tokens: Math.floor(random() * 900_000) },
        });
      }
    }
    place.configure('[budgets]\ndaily = "10"\nweekly = "60"\nmonthly = "200"\n[aliases.projects]\nwebsite = "the site"\n');
    return place;
  }

  /** One request, and a budget that is less than it costs. */
  static crossed() {
    const place = new Place();
    place.add("-home-ada-engine", "crossed", { cwd: "/home/ada/engine" });
    place.configure('[budgets]\ndaily = "0.01"\n[alerts]\n');
    return place;
  }

  configure(text) {
    mkdirSync(join(this.home, ".config/cco"), { recursive: true, mode: 0o700 });
    appendFileSync(join(this.home, ".config/cco/config.toml"), text, { mode: 0o600 });
  }

  /** Appends a request to a session. */
  add(project, session, { cwd, model = "claude-opus-5", at = Date.now(), usage = { input_tokens: 1000, output_tokens: 1000 } }) {
    this.count = (this.count ?? 0) + 1;
    const folder = join(this.home, ".claude/projects", project);
    mkdirSync(folder, { recursive: true });
    const record = {
      type: "assistant", sessionId: session, cwd, timestamp: new Date(at).toISOString(), requestId: `req_${this.count}`,
      message: { id: `msg_check_${this.count}`, type: "message", role: "assistant", model, stop_reason: "end_turn", usage },
    };
    appendFileSync(join(folder, `${session}.jsonl`), `${JSON.stringify(record)}\n`);
  }

  /** Limits, as Claude Code reports them to a status line. */
  reportLimits() {
    const now = Math.floor(Date.now() / 1000);
    const limits = { five_hour: { used_percentage: 38.4, resets_at: now + 7_830 }, seven_day: { used_percentage: 83, resets_at: now + 300_000 } };
    const input = JSON.stringify({ session_id: "s", rate_limits: limits });
    spawnSync(join(PROGRAMS, "cco-peek"), ["statusline"], { env: this.environment, input });
  }

  /** Starts a program of `cco` and waits until its server answers. */
  async start(port, path, ...command) {
    const child = spawn(join(PROGRAMS, "cco"), command, { env: this.environment, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => { said += text; });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}/${path}`).catch(() => null);
      if (answer?.ok) break;
      if (child.exitCode !== null || tries > 600) throw new Error(`cco ${command.join(" ")} does not serve: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { stop: (signal = "SIGTERM") => { child.kill(signal); return ended; } };
  }

  publish(port, ...more) {
    return this.start(port, "readyz", "publish", `--http=127.0.0.1:${port}`, ...more);
  }

  serve(port, ...more) {
    return this.start(port, "healthz", "serve", `127.0.0.1:${port}`, ...more);
  }
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
