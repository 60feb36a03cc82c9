// A page in a real browser that remembers what a clean page never does: messages, errors, and requests elsewhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const AXE = readFileSync(join(process.env.CCO_TEMPORARY, "node_modules/axe-core/axe.min.js"), "utf8");
export const PATIENCE_MS = 20_000;

export async function launch() {
  // The sandbox needs what containers do not have; the only pages are our own.
  return puppeteer.launch({ executablePath: process.env.CCO_BROWSER, headless: true, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
}

/** Gives every document of `/api/stats` and `/api/events` to `window.doctor` before the page has it. Runs in the page. */
function doctored() {
  const real = window.fetch;
  const line = (text) => text.replace(/^data: ?(\{.*)$/gm, (_, json) => `data: ${JSON.stringify(window.doctor(JSON.parse(json)))}`);
  window.fetch = async (target, options) => {
    const answer = await real(target, options);
    const { pathname } = new URL(target, location.href);
    if (!answer.ok || !["/api/stats", "/api/events"].includes(pathname)) return answer;
    if (pathname === "/api/stats") return new Response(JSON.stringify(window.doctor(await answer.json())), answer);
    let rest = "";
    const whole = new TransformStream({
      transform(chunk, out) {
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop();
        for (const part of parts) out.enqueue(`${line(part)}\n\n`);
      },
    });
    return new Response(answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(whole).pipeThrough(new TextEncoderStream()), answer);
  };
}

/**
 * Opens a page. `theme` is what the system prefers; `before` runs in the page before its scripts; `doctor` changes documents
 * of the server before the page has them, for what a publisher cannot be made to say.
 */
export async function open(browser, address, { width = 1280, height = 900, theme = "light", before = null, doctor = null } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints = [];
  const origin = new URL(address).origin;
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`request to ${request.url()}`);
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.evaluateOnNewDocument(() => {
    [window.shifted, window.movers] = [0, []];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        window.shifted += entry.value;
        window.movers.push(...entry.sources.map(({ node, previousRect, currentRect }) => `${node?.id || node?.className || node?.nodeName} from ${previousRect.y} to ${currentRect.y}`));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  if (before) await page.evaluateOnNewDocument(before);
  if (doctor) {
    await page.evaluateOnNewDocument(`window.doctor = ${doctor}`);
    await page.evaluateOnNewDocument(doctored);
  }
  await page.goto(address, { waitUntil: "load" });
  return { page, complaints, close: () => context.close() };
}

/** Waits until the page says that it is live and all parts have figures. */
export async function untilLive(page) {
  await page.waitForFunction(() => document.body.dataset.state === "live" && document.querySelector("#projects tbody td")
    && document.querySelector("#heat [data-date]") && document.querySelector("#chart canvas"), { timeout: PATIENCE_MS });
}

export const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
export const slot = (page, name) => text(page, `[data-slot="${name}"]`);

/** What axe finds wrong. Its program is put in past the page's policy, by the browser itself. */
export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap((rule) => rule.nodes.slice(0, 3).map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
