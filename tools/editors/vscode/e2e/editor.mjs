// A code-server, and a page of it in headless Chromium. For `code-server.mjs`.
// @ts-check
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { temporaryFolder } from "../../../bindings/node/tests/golden.mjs";
import { CCO } from "../../../bindings/node/tests/publisher.mjs";

const { CCO_CODE_SERVER: SERVER = "", CCO_BROWSER: BROWSER = "", CCO_PICTURES: PICTURES = "" } = process.env;
const ENTRY = join(SERVER, "node_modules/code-server/out/node/entry.js");
const PATIENCE_MS = 60_000;
/** Chromium asks nobody for anything; the sandbox needs what containers do not have, and the only page is ours. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the server, with settings in a file and a folder open. @param {import("../../../bindings/node/tests/publisher.mjs").Place} place @param {string} file @param {string} folder */
export async function startEditor(place, file, folder) {
  const settings = { "workbench.startupEditor": "none", "workbench.colorTheme": "Visual Studio Dark", "security.workspace.trust.enabled": false, "cco.program": CCO, "telemetry.telemetryLevel": "off", "workbench.secondarySideBar.defaultVisibility": "hidden", "chat.disableAIFeatures": true };
  mkdirSync(dirname(file), { recursive: true });
  const configure = (/** @type {object} */ more) => writeFileSync(file, JSON.stringify({ ...settings, ...more }));
  configure({});
  const port = await freePort();
  const server = spawn(process.execPath, [ENTRY, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check", folder], {
    env: place.environment,
    stdio: "ignore",
    // With all that it starts, a group of its own, which ends as one.
    detached: true,
  });
  after(() => {
    if (server.pid) process.kill(-server.pid, "SIGKILL");
  });
  const address = `http://127.0.0.1:${port}/`;
  for (const begun = Date.now(); ; ) {
    const answer = await fetch(`${address}healthz`).catch(() => undefined);
    if (answer?.ok) break;
    if (Date.now() - begun > PATIENCE_MS) throw new Error("code-server does not answer");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const page = await openPage(`${address}?folder=${encodeURIComponent(folder)}`);
  return {
    page,
    /** Writes settings. Without native modules code-server does not see that files change, so the page is loaded again. @param {object} more */
    configure: async (more) => {
      configure(more);
      await page.page.reload();
      await page.item.waitFor();
    },
  };
}

/** @param {string} address */
async function openPage(address) {
  const { chromium } = createRequire(join(SERVER, "package.json"))("playwright-core");
  const context = await chromium.launchPersistentContext(temporaryFolder(), { executablePath: BROWSER, headless: true, args: FLAGS, viewport: { width: 1280, height: 800 } });
  after(() => context.close());
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(address);
  const item = page.locator("#cco-usage\\.cco\\.usage, [id='cco.cco-usage.cco.usage'], .statusbar-item[aria-label^='Claude Code usage']").first();
  await item.waitFor();
  return {
    /** The item's text, as people see it. @returns {Promise<string>} */
    text: async () => (await item.innerText()).replace(/\s+/g, " ").trim(),
    /** Waits until the text matches, and returns how many ms that took. @param {RegExp} wanted */
    until: async (wanted) => {
      const begun = performance.now();
      for (let text = ""; !wanted.test(text); await new Promise((resolve) => setTimeout(resolve, 15))) {
        if (performance.now() - begun > PATIENCE_MS) throw new Error(`it shows ${text}, not ${wanted}`);
        text = await item.innerText();
      }
      return Math.round(performance.now() - begun);
    },
    /** Waits until the editor has laid itself out again, with the whole item within a width. @param {number} width */
    untilWithin: async (width) => {
      for (const begun = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
        const box = await item.boundingBox();
        if (box && box.x >= 0 && box.x + box.width <= width) return;
        if (performance.now() - begun > PATIENCE_MS) throw new Error(`it is at ${JSON.stringify(box)}`);
      }
    },
    /** @param {string} name */
    picture: (name) => page.screenshot({ path: join(PICTURES, `${name}.png`) }),
    item,
    page,
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
