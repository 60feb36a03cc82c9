// The extension in a real editor: each step is a fact, in the order in which a person would come upon them.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { CCO, Place } from "../../../bindings/node/tests/publisher.mjs";
import { startEditor } from "./editor.mjs";
import { editorOf } from "./installed.mjs";

const { CCO_VSIX: VSIX = "", CCO_VSIX_CHANGED: CHANGED = "" } = process.env;
const ID = "cco.cco-usage@0.1.0";
/** @param {string} file */
const named = (file) => ["--extension", file, "--editor", "code-server"];

const HOSTILE = "[click](command:workbench.action.terminal.new) <img src=x onerror=alert(1)> $(trash) | \u202e**x**";

test("usage in the status bar of code-server", { timeout: 600_000 }, async (t) => {
  const place = new Place();
  const installed = editorOf(place);
  mkdirSync(place.environment.XDG_RUNTIME_DIR, { mode: 0o700 });
  const folder = join(place.home, "work/engine");
  mkdirSync(folder, { recursive: true });
  // There may be none to stop.
  after(() => spawnSync(CCO, ["daemon", "stop"], { env: place.environment }));

  await t.test("cco setup has the editor install it, and the editor lists it", () => {
    assert.deepEqual(installed.extensions(), []);
    const made = installed.setup(...named(CHANGED));
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^ran .*code-server --install-extension /m);
    assert.deepEqual(installed.extensions(), [ID]);
    assert.deepEqual(installed.code().map((code) => code.endsWith("// changed\n")), [true]);
    assert.ok(existsSync(installed.records));
  });

  await t.test("another file of the same version replaces it", () => {
    const made = installed.setup(...named(VSIX));
    assert.equal(made.status, 0, made.stderr);
    assert.deepEqual(installed.extensions(), [ID]);
    assert.deepEqual(installed.code().map((code) => code.endsWith("// changed\n")), [false]);
  });

  await t.test("a second time it changes nothing", () => {
    const again = installed.setup(...named(VSIX));
    assert.deepEqual([again.status, again.stdout], [0, "already set up\n"], again.stderr);
  });

  const editor = await startEditor(place, installed.settings, folder);

  await t.test("without a snapshot it says so", async () => {
    assert.equal(await editor.page.text(), "cco: no snapshot");
    await editor.page.picture("missing");
  });

  place.add({ folder, output: 50_000 });
  place.add({ folder: `${place.home}/${HOSTILE}`, model: HOSTILE, output: 9 });
  const publisher = await place.publish();

  await t.test("it shows today's cost once a publisher has counted", async () => {
    await editor.page.until(/^\s*\$1\.2\d\+? today\s*$/);
  });

  await t.test("it changes within a second when a transcript grows", async (t) => {
    const times = [];
    for (const cost of [/\$2\.5/, /\$3\.7/, /\$5\.0/]) {
      place.add({ folder, output: 50_000 });
      times.push(await editor.page.until(cost));
    }
    t.diagnostic(`${times.join(", ")} ms`);
    assert.ok(Math.min(...times) < 1000, `${times} ms`);
  });

  await t.test("its tooltip has the project, and names of strangers are text", async () => {
    const { page, item } = editor.page;
    await item.hover();
    const hover = page.locator(".monaco-hover.workbench-hover, .workbench-hover").filter({ hasText: "Claude Code usage" }).first();
    await hover.waitFor();
    const text = await hover.innerText();
    for (const words of ["Today", "5-hour block", "engine today", "Models, all time", "claude-opus-4-6", "[click](command:workb"]) assert.ok(text.includes(words), `${words} in ${text}`);
    assert.deepEqual(await hover.locator("a").allInnerTexts(), ["Summary"]);
    assert.equal(await hover.locator("img").count(), 0);
    await editor.page.picture("tooltip-dark");
    await page.mouse.move(400, 200);
  });

  await t.test("a click opens the summary", async () => {
    const { page, item } = editor.page;
    await item.click();
    const list = page.locator(".quick-input-widget");
    await list.getByText("Claude Code usage").first().waitFor();
    assert.match(await list.innerText(), /Today[\s\S]*Models, all time[\s\S]*Open the monitor/);
    await editor.page.picture("summary-dark");
    await page.keyboard.press("Escape");
  });

  await t.test("it is readable in a light theme, and in a narrow window", async () => {
    const { page, item } = editor.page;
    const light = { "workbench.colorTheme": "Visual Studio Light", "cco.statusBar.shows": ["today", "block", "project"] };
    await editor.configure(light);
    await editor.page.until(/block, .* left .* project/);
    await page.locator(".monaco-workbench.vs").waitFor();
    await item.hover();
    await page.locator(".workbench-hover").filter({ hasText: "Claude Code usage" }).first().waitFor();
    await editor.page.picture("tooltip-light");
    await page.setViewportSize({ width: 480, height: 700 });
    // Loaded again in its new size, because the editor does not always lay itself out when a window without a screen changes.
    await editor.configure(light);
    await editor.page.until(/block, .* left .* project/);
    await editor.page.untilWithin(480);
    await editor.page.picture("narrow-light");
    await page.setViewportSize({ width: 1280, height: 800 });
    await editor.configure({});
    await page.locator(".monaco-workbench.vs-dark").waitFor();
  });

  await t.test("a publisher that is killed makes it stale", async () => {
    await publisher.end("SIGKILL");
    const took = await editor.page.until(/\$5\.0\d\+?\? today · stale \d+s/);
    assert.ok(took < 3000, `${took} ms`);
    await editor.page.picture("stale");
  });

  await t.test("the publisher can be started from the summary, and it is current again", async () => {
    const { page, item } = editor.page;
    await item.click();
    await page.locator(".quick-input-widget").getByText("Start the publisher").first().click();
    await editor.page.until(/^\s*\$5\.0\d\+? today\s*$/);
    place.add({ folder, output: 50_000 });
    await editor.page.until(/\$6\.\d\d\+? today/);
  });

  await t.test("a snapshot that is gone is missing", async () => {
    execFileSync(CCO, ["daemon", "stop"], { env: place.environment });
    rmSync(place.path);
    await editor.page.until(/cco: no snapshot/);
  });

  await t.test("it takes no time to start", async (t) => {
    const { page, item } = editor.page;
    const times = /** @type {number[]} */ ([]);
    // The quickest counts, because whatever else the machine does only adds to it.
    for (let turn = 0; turn < 3 && !times.some((ms) => ms < 500); turn++) {
      if (turn > 0) await page.reload();
      await item.waitFor();
      await page.keyboard.press("F1");
      await page.keyboard.type("Developer: Show Running Extensions");
      await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: "Show Running Extensions" }).first().click();
      const row = page.locator(".runtime-extensions-editor .monaco-list-row, .extension").filter({ hasText: "cco: Claude Code usage" }).filter({ hasText: /\d+\s*ms/ }).first();
      await row.waitFor();
      times.push(Number(/(\d+)\s*ms/.exec(await row.innerText())?.[1]));
    }
    await editor.page.picture("running");
    t.diagnostic(`activation: ${times.join(", ")} ms`);
    assert.ok(Math.min(...times) < 500, `${times} ms`);
  });

  await t.test("cco setup --undo has the editor remove it, and leaves settings as they are", async () => {
    const settings = readFileSync(installed.settings);
    const undone = installed.setup("--undo");
    assert.equal(undone.status, 0, undone.stderr);
    assert.match(undone.stdout, /^ran .*code-server --uninstall-extension cco\.cco-usage$/m);
    assert.deepEqual(installed.extensions(), []);
    assert.ok(!existsSync(installed.records));
    assert.deepEqual(readFileSync(installed.settings), settings);
    const { page, item } = editor.page;
    await page.reload();
    await page.locator(".statusbar-item").first().waitFor();
    await item.waitFor({ state: "detached" });
    assert.match(installed.setup("--undo").stdout, /nothing to undo/);
  });
});
