// A reader beside a real publisher that starts, counts, is killed, starts again and stops.
// @ts-check
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "cco-reader";
import { isHeld, lockIn } from "../dist/system.js";
import { temporaryFolder } from "./golden.mjs";
import { NO_PUBLISHER, Place, until } from "./publisher.mjs";

test("a reader follows a publisher through all that happens to it", { skip: NO_PUBLISHER, timeout: 120_000 }, async () => {
  const place = new Place();
  place.add();
  let publisher = await place.publish();
  const reader = open(place.path);
  const requests = () => reader.totals().totals.requests;
  await until(() => requests() === 1n, 10_000, () => `${requests()} requests instead of 1`);
  const judged = () => reader.freshness().publisher;
  assert.equal(judged(), "live");
  assert.equal(reader.frame().projects[0]?.path, "/home/ada/engine");

  const changes = reader.changes({ everyMs: 20 });
  await changes.next();
  place.add();
  const change = (await changes.next()).value ?? assert.fail("no change");
  assert.deepEqual([change.totals.totals.requests, change.freshness.publisher], [2n, "live"]);

  await publisher.end("SIGKILL");
  assert.equal(judged(), process.platform === "linux" ? "dead" : "live", "the lock is free at once");
  assert.equal((await changes.next()).value?.freshness.publisher, "dead");
  assert.equal(requests(), 2n, "the last commit stands");

  const { generation } = reader.totals();
  place.add();
  publisher = await place.publish(() => requests() === 3n);
  assert.ok(reader.totals().generation > generation);
  assert.equal(judged(), "live");
  await publisher.end("SIGTERM");
  assert.equal(judged(), "stopped");
  await changes.return();
  assert.notEqual(reader.health(), null);
});

test("a lock is seen by the kernel's name of the file", () => {
  const locks = [
    "1: POSIX  ADVISORY  WRITE 812 08:01:1234 0 EOF",
    "2: OFDLCK ADVISORY  WRITE -1 fe:00:77 0 EOF",
    "3: FLOCK  ADVISORY  WRITE 99 fe:00:78 0 EOF",
    "4: POSIX  ADVISORY  READ 98 fe:00:79 0 EOF",
    "4: -> POSIX  ADVISORY  WRITE 97 fe:00:80 0 EOF",
  ].join("\n");
  const held = ["08:01:1234", "08:01:123", "fe:00:77", "fe:00:78", "fe:00:79", "fe:00:80"].map((file) => lockIn(locks, file));
  assert.deepEqual(held, [true, false, true, false, true, false]);
});

test("a lock that another process holds is seen, until it ends", { skip: process.platform !== "linux" && "NOT RUN: locks can be seen on Linux only" }, async (t) => {
  const path = join(temporaryFolder(), "lock");
  assert.equal(isHeld(path), false, "no file, no lock");
  writeFileSync(path, "");
  assert.equal(isHeld(path), false);
  // Node takes no such locks.
  const program = `import fcntl, struct, sys\nfile = open(sys.argv[1], "r+")\nfcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))\nprint("held", flush=True)\nsys.stdin.read()`;
  const holder = spawn("python3", ["-c", program, path], { stdio: ["pipe", "pipe", "inherit"] });
  const answer = await Promise.race([once(holder.stdout, "data"), once(holder, "error")]);
  if (answer[0] instanceof Error) return t.skip("NOT RUN: python3 is missing");
  assert.equal(isHeld(path), true);
  const ended = once(holder, "exit");
  holder.stdin.end();
  await ended;
  assert.equal(isHeld(path), false);
});
