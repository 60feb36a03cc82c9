// The extension in an editor that only remembers what is done with it.
// @ts-check
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { golden, newestSlot, sumSlot, temporaryFolder } from "../../../bindings/node/tests/golden.mjs";
import { until } from "../../../bindings/node/tests/publisher.mjs";
import { editor } from "./fake-vscode.mjs";

const DAY_MS = 86_400_000n;

/** The golden file, with a day that runs now. @param {bigint} cents */
function running(cents) {
  const bytes = golden();
  const slot = newestSlot(bytes);
  bytes.writeBigUInt64LE(BigInt(Date.now()) + DAY_MS, slot + 168 + 8);
  bytes.writeBigUInt64LE(cents * 10_000_000_000n, slot + 168 + 16 + 72);
  bytes.writeBigUInt64LE(0n, slot + 168 + 16 + 80);
  for (const word of [64, 104, 112]) bytes.writeBigUInt64LE(0n, slot + 168 + 16 + word);
  sumSlot(bytes, slot);
  return bytes;
}

/** A snapshot in a folder, and an editor whose extension reads it. @param {Buffer | undefined} bytes @param {object} settings */
function opened(bytes, settings = {}) {
  const snapshot = join(temporaryFolder(), "usage.snapshot");
  if (bytes) writeFileSync(snapshot, bytes);
  const code = editor({ snapshot, ...settings });
  code.activate();
  return { ...code, snapshot };
}

test("the item has an id, a name, a place, a click, a label and a tooltip in which only our commands are links", () => {
  const code = opened(running(166n), { "statusBar.alignment": "left", "statusBar.priority": 7 });
  const [item] = code.items;
  assert.deepEqual([item.id, item.name, item.alignment, item.priority, item.command, item.isShown], ["cco.usage", "Claude Code usage", 1, 7, "cco.summary", true]);
  assert.equal(item.text.replace(/stale .*/, "stale"), "$(warning) $1.66? today · stale");
  assert.match(item.accessibilityInformation.label, /^Claude Code usage: Today \$1\.66\?/);
  assert.deepEqual(item.tooltip.isTrusted, { enabledCommands: ["cco.startPublisher", "cco.summary"] });
  assert.notEqual(item.tooltip.supportHtml, true);
  assert.equal(item.backgroundColor.id, "statusBarItem.warningBackground");
  assert.match(item.tooltip.value, /größe today/);
  code.close();
  assert.equal(item.isGone, true);
});

test("the item changes within a second of the snapshot, and not otherwise", async () => {
  const code = opened(running(166n));
  const [item] = code.items;
  const { tooltip } = item;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(item.tooltip.value.includes("66"), true);
  writeFileSync(code.snapshot, running(255n));
  const bytes = readFileSync(code.snapshot);
  const slot = newestSlot(bytes);
  const next = 1280 + 1728 * ((Number(bytes.readBigUInt64LE(slot)) / 2 + 1) % 4);
  bytes.copy(bytes, next, slot, slot + 1728);
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(slot) + 2n, next);
  sumSlot(bytes, next);
  // The tables must be of the same commit.
  const banks = Number(bytes.readBigUInt64LE(192 + 8));
  const bank = Number(bytes.readBigUInt64LE(next + 32));
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(next), banks + 64 * bank);
  writeFileSync(code.snapshot, bytes);
  const took = await until(() => item.text.includes("$2.55"), 5000, () => item.text);
  assert.ok(took < 1000, `${took} ms`);
  assert.notEqual(item.tooltip, tooltip);
  code.close();
});

test("a missing snapshot is shown as such, and appears by itself", async () => {
  const code = opened(undefined);
  const [item] = code.items;
  assert.equal(item.text, "$(circle-slash) cco: no snapshot");
  writeFileSync(code.snapshot, running(166n));
  await until(() => item.text.includes("$1.66"), 5000, () => item.text);
  code.close();
});

test("settings that change give a new item in its new place", () => {
  const settings = { "statusBar.alignment": "right", "statusBar.shows": ["today"] };
  const code = opened(running(166n), settings);
  code.seen.configure({ affectsConfiguration: (/** @type {string} */ section) => section === "cco" });
  assert.deepEqual([code.items.length, code.items[0].isGone, code.items[1].isShown], [2, true, true]);
  code.close();
});

test("a click opens the summary, and choosing a line does what it says", async () => {
  const code = opened(running(166n), { program: "/opt/cco" });
  await code.commands["cco.summary"]?.();
  const labels = code.picks[0].map((/** @type {{ label: string }} */ line) => line.label);
  for (const label of ["$(warning) Stale", "Usage", "Today", "Project", "größe today", "Limits", "7-day limit claude-golden-1", "claude-golden-1", "$(play) Start the publisher"]) {
    assert.ok(labels.includes(label), `${label} in ${labels}`);
  }
  assert.deepEqual(code.terminals, [{ name: "cco monitor", shellPath: "/opt/cco", shellArgs: ["monitor"] }]);
  code.close();
});

test("the publisher is started when the editor starts if that is set and none runs, and on request", async () => {
  const folder = temporaryFolder();
  const program = join(folder, "cco");
  writeFileSync(program, `#!/bin/sh\necho "$@" >>'${folder}/calls'\necho started`);
  chmodSync(program, 0o755);
  const quiet = opened(undefined, { program });
  const code = opened(undefined, { program, startPublisher: true });
  await until(() => code.messages.length === 1, 5000, () => `errors: ${code.errors}`);
  await code.commands["cco.startPublisher"]?.();
  assert.equal(readFileSync(join(folder, "calls"), "utf8"), "daemon start\ndaemon start\n");
  assert.deepEqual([code.messages[0], quiet.messages.length], ["cco: started", 0]);
  quiet.close();
  code.close();
});

test("a publisher that cannot be started says what to do", async () => {
  const code = opened(undefined, { program: "/nowhere/cco" });
  await code.commands["cco.startPublisher"]?.();
  assert.match(code.errors[0] ?? "", /no program \/nowhere\/cco: install cco, or say where it is in the setting cco\.program/);
  code.close();
});

test("what the program says becomes no link, no icon and no second line", async () => {
  const program = join(temporaryFolder(), "cco");
  const hostile = "[x](command:y) $(trash) \u202e";
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' '${hostile}' two >&2\nexit 1`);
  chmodSync(program, 0o755);
  const code = opened(undefined, { program });
  await code.commands["cco.startPublisher"]?.();
  assert.equal(code.errors[0], "The publisher was not started: [x] (command:y) $(trash) \\u{202e} two");
  writeFileSync(program, `#!/bin/sh\necho '${hostile}'`);
  await code.commands["cco.startPublisher"]?.();
  assert.equal(code.messages[0], "cco: [x](command:y) $ (trash) \\u{202e}");
  code.close();
});
