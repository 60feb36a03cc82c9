// The checks of the dashboard, in order. Each is a fact; if one does not hold, the run goes on and ends with 1.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { PATIENCE_MS, launch, open, slot, text, untilLive, violations } from "./browser.mjs";
import { Place, freePort } from "./place.mjs";

const WIDTHS = [360, 768, 1280, 3840];
const HEIGHTS = { 360: 780, 768: 1024, 1280: 900, 3840: 2160 };
const THEMES = ["light", "dark"];
const VIEWS = ["overview", "usage", "days", "projects", "sessions", "publisher"];
const LOADS = 9;
/** After this the page shows dashes, which make room for alerts when these come. */
const DASHES_MS = 1000;
/** Below 0.1 counts as good; what moves here is at most a line of text. */
const SHIFT = 0.02;

const browser = await launch();
const running = [];
const picture = (page, name) => page.screenshot({ path: join(process.env.CCO_PICTURES, `${name}.webp`), type: "webp", quality: 80, fullPage: true });
const stats = async (port) => (await fetch(`http://127.0.0.1:${port}/api/stats`)).json();

/** Notes when figures are first seen. Runs in the page. */
const figures = () => {
  const look = () => {
    const shown = document.querySelector('[data-slot="today.cost"]');
    if (shown && shown.textContent !== "–" && shown.checkVisibility()) window.figuresAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

async function fact(name, check) {
  try {
    const more = await check();
    console.log(`ok: ${name}${more ? `: ${more}` : ""}`);
  } catch (error) {
    console.error(`FAILED: ${name}\n${error.stack}`);
    process.exitCode = 1;
  }
}

async function run() {
  const [ugly, year] = [Place.ugly(), Place.year()];
  const [port, yearPort] = [await freePort(), await freePort()];
  let publisher = await ugly.publish(port);
  running.push(() => publisher.stop());
  const other = await year.publish(yearPort);
  running.push(() => other.stop());
  for (const place of [ugly, year]) place.reportLimits();
  const at = `http://127.0.0.1:${port}/`;
  const yearAt = `http://127.0.0.1:${yearPort}/`;

  await fact("it is painted at once, and figures with it or soon after", async () => {
    const times = async (page, hasFigures) => {
      await page.waitForFunction((hasFigures) => performance.getEntriesByName("first-contentful-paint")[0] && (!hasFigures || window.figuresAt), { timeout: PATIENCE_MS }, hasFigures);
      return page.evaluate(() => [performance.getEntriesByName("first-contentful-paint")[0].startTime, window.figuresAt ?? 0]);
    };
    const loaded = { first: { plain: [], page: [] }, again: { plain: [], page: [] } };
    const load = async (name, address) => {
      const { page, close } = await open(browser, address, { before: figures });
      loaded.first[name].push(await times(page, name === "page"));
      // The same without the start of a process for the tab, and with nothing from the cache.
      await page.setCacheEnabled(false);
      await page.goto(address, { waitUntil: "load" });
      loaded.again[name].push(await times(page, name === "page"));
      await close();
    };
    // In turn, because the machine may be busy at one time and not at another.
    for (let round = 0; round < LOADS; round++) {
      await load("plain", `${yearAt}healthz`);
      await load("page", yearAt);
    }
    const median = (loads, index) => Math.round(loads.map((load) => load[index]).sort((a, b) => a - b)[Math.floor(LOADS / 2)]);
    const told = ({ plain, page }) => `first paint ${median(page, 0)} ms (plain text ${median(plain, 0)}), figures ${median(page, 1)} ms`;
    return `medians of ${LOADS} loads: in a new tab ${told(loaded.first)}; in the same tab again ${told(loaded.again)}; load average ${loadavg()[0].toFixed(1)}`;
  });

  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      await fact(`${theme}, ${width} px: no message, no request elsewhere, nothing too wide, nothing moves, axe is content`, async () => {
        for (const [name, address] of [["worst-names", at], ["year", yearAt]]) {
          const { page, complaints, close } = await open(browser, address, { width, height: HEIGHTS[width], theme });
          await untilLive(page);
          await page.waitForNetworkIdle({ idleTime: 300, concurrency: 1, timeout: PATIENCE_MS });
          const [moved, movers] = await page.evaluate(() => [window.shifted, window.movers]);
          await picture(page, `${name}-${theme}-${width}`);
          for (const view of VIEWS) {
            await page.evaluate((view) => { location.hash = view; }, view);
            await page.waitForFunction((view) => document.body.dataset.view === view, {}, view);
            const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(over <= 0, `${name}, ${view}: ${over} px too wide`);
            assert.deepEqual(await violations(page), [], `${name}, ${view}`);
          }
          assert.deepEqual(complaints, [], name);
          assert.ok(moved < SHIFT, `${name}: layout shift ${moved}: ${movers.join(", ")}`);
          const [ground, ink] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
          const light = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
          assert.equal(light(ground) > light(ink), theme === "light", `${ground} under ${ink}`);
          await close();
        }
      });
    }
  }

  await fact("it shows what the API says", async () => {
    const { page, close } = await open(browser, yearAt);
    await untilLive(page);
    const said = await stats(yearPort);
    const dollars = (usd) => new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" }).format(usd);
    assert.equal(await slot(page, "month.cost"), dollars(said.this_month.cost_usd));
    assert.equal(await slot(page, "today.cost"), dollars(said.today.cost_usd));
    assert.match(await slot(page, "today.budget"), /^\d+% of \$10\.00$/);
    assert.match(await slot(page, "block.rate"), /^\$[\d.]+\/h, /);
    assert.match(await text(page, "#limits"), /5 hours38%resets in 2h \d+m, \d\d:\d\d · reported \d+[sm] ago7 days83%/);
    assert.equal(await slot(page, "publisher.state"), "live");
    assert.match(await text(page, "#projects"), /the site/, "the user's own name for a project");
    assert.equal(await slot(page, "publisher.requests"), new Intl.NumberFormat("en-US").format(said.totals.requests));
    assert.equal(await page.$eval("#limits .fill", (fill) => fill.style.width), "38.4%", "a limit's bar is as long as its figure");
    await close();
  });

  await fact("figures are rounded as the reports round them", async () => {
    const { page, close } = await open(browser, yearAt);
    const shown = await page.evaluate(async () => {
      const words = await import("/assets/words.js");
      return {
        short: [999, 999.6, 34_567, 52_349, 52_350, 999_949, 999_950, 133_812_456, 999_950_000, 7e12].map(words.short),
        bytes: [999, 999_950, 14_200_000, 1_240_000_000].map(words.bytes),
        percent: [[29, 100], [0.29, 1], [0.57, 1], [28.999, 100], [99.99, 100], [100, 100], [5000, 1], [0, 0]].map(([part, all]) => words.wholePercent(part, all)),
        times: [740, 12_300, 999_949, 999_950, 1_840_000, 61_000_000].map(words.brief),
      };
    });
    assert.deepEqual(shown, {
      short: ["999", "1.0k", "34.6k", "52.3k", "52.4k", "999.9k", "1.0M", "133.8M", "1.0G", "7,000.0G"],
      bytes: ["999 B", "1.0 MB", "14.2 MB", "1.2 GB"],
      percent: ["29%", "29%", "57%", "28%", "99%", "100%", "500,000%", "100%"],
      times: ["740µs", "12.3ms", "999.9ms", "1.00s", "1.84s", "1m"],
    });
    await close();
  });

  await fact("clocks go by the server, also long after the last publish", async () => {
    const doctor = (said) => ({ ...said, snapshot: { ...said.snapshot, published_at: new Date(Date.now() - 7_260_000).toISOString(), age_ms: 100 } });
    const { page, close } = await open(browser, yearAt, { doctor });
    await untilLive(page);
    assert.match(await slot(page, "publisher.published"), /^2h 1m ago$/);
    assert.match(await text(page, "#limits"), /resets in 2h \d+m.*reported \d+[sm] ago/);
    await close();
  });

  await fact("while transcripts are still to be read it says so", async () => {
    const doctor = (said) => ({ ...said, snapshot: { ...said.snapshot, state: "catching_up" } });
    const { page, close } = await open(browser, yearAt, { doctor });
    await page.waitForFunction(() => document.body.dataset.state === "catching up", { timeout: PATIENCE_MS });
    assert.equal(await text(page, "#state"), "catching up");
    assert.match(await text(page, "#notice"), /still to be read.*lower bound/);
    assert.deepEqual(await violations(page), []);
    await close();
  });

  await fact("every limit is shown, with its use, reset, pace and age", async () => {
    const doctor = (said) => {
      const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
      const limit = (kind, used_percentage, more) => ({
        agent: 0, kind, scope: null, used_percentage, resets_at: at(120.5), seen_at: at(-3.1), age_ms: 0, is_over: false, used_up_at: null, spent_usd: null, allowed_usd: null, ...more,
      });
      return said.account_limits && {
        ...said,
        account_limits: [
          limit("five_hour", 79.9, { used_up_at: at(50.5) }),
          limit("seven_day", 95, { resets_at: null }),
          limit("seven_day_model", 100, { scope: "opus\u202e" }),
          limit("spend", 81, { spent_usd: 40.5, allowed_usd: 50 }),
          limit("other", 12, { scope: "<b>new</b>", is_over: true }),
        ],
      } || said;
    };
    const { page, close } = await open(browser, yearAt, { doctor });
    await untilLive(page);
    const rows = await page.$$eval("#limits > li", (rows) => rows.map((row) => [...row.children].map((part) => part.textContent).filter(Boolean)));
    assert.deepEqual(rows.map((row) => row.map((words) => words.replace(/, \d\d:\d\d/, ""))), [
      ["5 hours79%", "resets in 2h · reported 3m ago", "used up in 50m at this pace, 1h 10m before the reset"],
      ["7 days95%", "reset time unknown · reported 3m ago"],
      ["7 days, opus\\u{202e}100%", "resets in 2h · reported 3m ago"],
      ["Spend81%", "$40.50 of $50.00, resets in 2h · reported 3m ago"],
      ["Limit, <b>new</b>–", "was reset; not reported since · reported 3m ago"],
    ]);
    const levels = await page.$$eval("#limits .mark", (marks) => marks.map((mark) => mark.className));
    assert.deepEqual(levels, ["mark ", "mark near", "mark over", "mark near", "mark "], "as the reports colour them");
    assert.deepEqual(await violations(page), []);
    await picture(page, "limits-light-1280");
    await close();
  });

  await fact("alerts are above everything, with what to do, and without any there is no room for them", async () => {
    const doctor = (said) => {
      const alert = (kind, message, advice, hours = 1) => ({ kind, about: "", message, advice, at: new Date().toISOString(), until: new Date(Date.now() + hours * 3_600_000).toISOString() });
      return { ...said, ...(said.models && { alerts: [
        alert("new", "the oldest", null),
        alert("limit", "99% of a window that is over", null, -1),
        alert("stale", "figures stand still", "to start it: cco daemon start"),
        alert("budget", "the budget <b>daily</b>\u202e is spent", "to see what costs most: cco budget"),
        alert("limit", "83% of the limit seven_day is used; it starts over in 3d 11h", "use a cheaper model or wait"),
        null,
      ] }) };
    };
    const late = [];
    for (const width of WIDTHS) {
      const { page, complaints, close } = await open(browser, yearAt, { doctor, width, height: HEIGHTS[width], before: figures });
      await untilLive(page);
      await page.waitForNetworkIdle({ idleTime: 300, concurrency: 1, timeout: PATIENCE_MS });
      const shown = await page.$$eval("#alerts li", (items) => items.map((item) => item.textContent.replace(/ Sent at \d\d:\d\d\.$/, "")));
      assert.deepEqual(shown, [
        "83% of the limit seven_day is used; it starts over in 3d 11h. Use a cheaper model or wait.",
        "The budget <b>daily</b>\\u{202e} is spent. To see what costs most: cco budget.",
        "Figures stand still. To start it: cco daemon start.", "The oldest.",
      ]);
      assert.equal(await text(page, "#alerts summary"), "1 more");
      assert.equal(await page.$eval("#alerts", (alerts) => alerts.getAttribute("role")), "status");
      assert.ok(await page.evaluate(() => document.querySelector("#alerts").getBoundingClientRect().bottom <= document.querySelector("main").getBoundingClientRect().top));
      const [moved, movers, at] = await page.evaluate(() => [window.shifted, window.movers, window.figuresAt]);
      if (at > DASHES_MS * 0.9) late.push(`${width} px`);
      else assert.ok(moved < SHIFT, `${width} px: they come with the figures, so nothing moves: ${moved}: ${movers.join(", ")}`);
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints, []);
      await picture(page, `alerts-light-${width}`);
      await close();
    }
    // A server that knows of none, or that nothing is wrong.
    for (const doctor of ["(said) => { delete said.alerts; return said; }", "(said) => ({ ...said, alerts: [] })"]) {
      const { page, close } = await open(browser, yearAt, { doctor });
      await untilLive(page);
      assert.equal(await page.$eval("#alerts", (alerts) => alerts.getBoundingClientRect().height), 0);
      await close();
    }
    return late.length > 0 && `movement NOT JUDGED at ${late.join(", ")}, because the machine is too busy to answer in time`;
  });

  await fact("an alert that a publisher sends is on the page", async () => {
    const [crossed, told] = [Place.crossed(), await freePort()];
    const publisher = await crossed.publish(told);
    running.push(() => publisher.stop());
    const { page, complaints, close } = await open(browser, `http://127.0.0.1:${told}/`);
    await page.waitForFunction(() => document.querySelector("#alerts li"), { timeout: PATIENCE_MS });
    const [{ kind, message }] = (await stats(told)).alerts;
    assert.equal(kind, "budget");
    const shown = await text(page, "#alerts li");
    assert.ok(shown.startsWith(`The budget daily is spent: ${message.split(": ")[1]}. To see what costs most: cco budget`), shown);
    assert.match(shown, / Sent at \d\d:\d\d\.$/);
    assert.deepEqual(complaints, []);
    await close();
  });

  await fact("marks of lower bounds are shown as the API tells them", async () => {
    const { page, close } = await open(browser, at);
    await untilLive(page);
    assert.match(await slot(page, "week.cost"), /^~\$[\d,.]+\+$/);
    await close();
  });

  await fact("names of strangers stay text", async () => {
    const { page, complaints, close } = await open(browser, `${at}?by=project`);
    await untilLive(page);
    for (const view of [...VIEWS, "sessions"]) {
      await page.evaluate((view) => { location.hash = view; }, view);
      await page.waitForNetworkIdle({ idleTime: 300, concurrency: 1, timeout: PATIENCE_MS });
    }
    const page_ = await page.evaluate(() => ({
      pwned: window.pwned, images: document.images.length, inline: document.querySelectorAll("body script, head script:not([src]) ~ script:not([src]), [onerror], [foreground]").length,
      said: document.body.innerText, hidden: /[\u202e\u2066\u200b\u0007]/.test(document.body.textContent),
    }));
    assert.deepEqual([page_.pwned, page_.images, page_.inline, page_.hidden], [undefined, 0, 0, false]);
    await page.waitForFunction(() => document.querySelector("#sessions").textContent.includes("\\u{1b}"), { timeout: PATIENCE_MS });
    assert.deepEqual(complaints, []);
    await close();
  });

  await fact("every view and filter has an address, and back goes back", async () => {
    const { page, close } = await open(browser, `${yearAt}?by=project&show=tokens&step=hour&last=7#usage`);
    await page.waitForFunction(() => document.querySelector("#legend li"), { timeout: PATIENCE_MS });
    const shown = await page.$$eval("main > *", (parts) => parts.filter((part) => part.checkVisibility()).map((part) => part.getAttribute("aria-labelledby")));
    assert.deepEqual(shown, ["h-usage"]);
    assert.match(await text(page, "#legend"), /ada\/engine/);
    assert.match(await page.$eval("#chart", (chart) => chart.getAttribute("aria-label")), /^tokens by project per hour, last 7 days: [\d.]+[kMG]; ada\/engine/);
    await page.select("#filters [name=by]", "model");
    await page.waitForFunction(() => !location.search.includes("by=") && document.querySelector("#legend").textContent.includes("claude-opus"), { timeout: PATIENCE_MS });
    await page.goBack();
    await page.waitForFunction(() => location.search.includes("by=project") && document.querySelector("#filters [name=by]").value === "project"
      && document.querySelector("#legend").textContent.includes("ada/engine"), { timeout: PATIENCE_MS });
    await page.evaluate(() => { location.hash = "projects"; });
    await page.waitForFunction(() => document.querySelector("#projects a"));
    await page.click("#projects a");
    await page.waitForFunction(() => new URLSearchParams(location.search).get("project") === "-home-ada-engine"
      && document.querySelectorAll("#projects tbody tr").length === 1, { timeout: PATIENCE_MS });
    await close();
  });

  await fact("projects with the same end of their path, and a model called as the rest is, are told apart", async () => {
    const [twins, twinsPort] = [new Place(), await freePort()];
    for (const who of ["ada", "bob"]) twins.add(`-home-${who}-work-api`, `${who}-1`, { cwd: `/home/${who}/work/api` });
    for (let model = 0; model < 9; model++) twins.add("-home-ada-models", "m", { cwd: "/home/ada/models", model: model === 4 ? "other" : model === 5 ? "4 others" : `claude-opus-${model}`, usage: { input_tokens: 1000 * (20 - model), output_tokens: 1 } });
    const server = await twins.publish(twinsPort);
    running.push(() => server.stop());
    const { page, close } = await open(browser, `http://127.0.0.1:${twinsPort}/?by=project&show=tokens`);
    await untilLive(page);
    const legend = () => page.$$eval("#legend li", (items) => items.map((item) => [item.querySelector("bdi").textContent, item.querySelector("b").textContent]));
    assert.deepEqual((await legend()).sort(), [["ada/models", "144.0k"], ["ada/work/api", "2.0k"], ["bob/work/api", "2.0k"]]);
    const options = await page.$$eval("#filters [name=project] option", (options) => options.map((option) => [option.value, option.textContent]));
    assert.deepEqual(options, [["", "all"], ["-home-ada-models", "ada/models"], ["-home-ada-work-api", "ada/work/api"], ["-home-bob-work-api", "bob/work/api"]]);
    await page.select("#filters [name=by]", "model");
    await page.waitForFunction(() => document.querySelector("#legend").textContent.includes("others"), { timeout: PATIENCE_MS });
    const models = await legend();
    assert.deepEqual(models.slice(3), [["claude-opus-3", "17.0k"], ["other", "16.0k"], ["4 others", "15.0k"], ["all 4 others", "43.0k"]]);
    await close();
    await server.stop();
  });

  await fact("a year by the hour, which is more than is ever read, is not offered and shown by the day", async () => {
    const { page, complaints, close } = await open(browser, `${yearAt}?step=hour&last=365`);
    await untilLive(page);
    const [step, hour] = await page.evaluate(() => [document.querySelector("#filters [name=step]").value, document.querySelector("#filters [value=hour]").disabled]);
    assert.deepEqual([step, hour], ["day", true]);
    assert.deepEqual(complaints, []);
    await page.select("#filters [name=last]", "7");
    await page.waitForFunction(() => !document.querySelector("#filters [value=hour]").disabled, { timeout: PATIENCE_MS });
    await page.select("#filters [name=step]", "hour");
    await page.waitForFunction(() => document.querySelector("#filters [name=last] [value='365']").disabled, { timeout: PATIENCE_MS });
    await close();
  });

  await fact("a click reads everything once", async () => {
    const { page, close } = await open(browser, yearAt);
    await untilLive(page);
    await page.waitForNetworkIdle({ idleTime: 1500, concurrency: 1, timeout: PATIENCE_MS });
    let asked = 0;
    page.on("request", (request) => { if (new URL(request.url()).pathname === "/api/stats") asked += 1; });
    await page.click("#views a[href='#days']");
    await page.waitForFunction(() => document.body.dataset.view === "days");
    await page.waitForNetworkIdle({ idleTime: 2500, concurrency: 1, timeout: PATIENCE_MS });
    assert.equal(asked, 1);
    await close();
  });

  await fact("the table of figures is made when it is opened, and no longer than can be read", async () => {
    const { page, close } = await open(browser, `${yearAt}?step=hour&last=90`);
    await untilLive(page);
    assert.equal(await page.$eval("#figures-table", (table) => table.childElementCount), 0);
    await page.click("#figures summary");
    await page.waitForFunction(() => document.querySelector("#figures-table tbody tr"), { timeout: PATIENCE_MS });
    assert.equal(await page.$$eval("#figures-table tbody tr", (rows) => rows.length), 400);
    assert.match(await text(page, "#figures-table caption"), /^The newest 400 of [\d,]+: fewer days or longer steps show the rest$/);
    await page.select("#filters [name=step]", "week");
    await page.waitForFunction(() => document.querySelectorAll("#figures-table tbody tr").length < 60, { timeout: PATIENCE_MS });
    assert.match(await text(page, "#figures-table tbody th"), /^week from /);
    assert.equal(await text(page, "#figures-table caption"), "");
    assert.deepEqual(await violations(page), []);
    await page.click("#figures summary");
    await page.waitForFunction(() => document.querySelector("#figures-table").childElementCount === 0, { timeout: PATIENCE_MS });
    await close();
  });

  await fact("the keyboard stays at its project when the order changes", async () => {
    const { page, close } = await open(browser, `${at}#projects`);
    await page.waitForFunction(() => document.querySelectorAll("#projects a").length > 2, { timeout: PATIENCE_MS });
    const order = () => page.$$eval("#projects a", (links) => links.map((link) => link.dataset.id));
    const last = (await order()).at(-1);
    await page.focus(`#projects tbody tr:last-child a`);
    const scrolled = await page.evaluate(() => document.documentElement.scrollTop);
    ugly.add(last, "order", { cwd: "/order", usage: { input_tokens: 1000, output_tokens: 700_000_000_000 } });
    await page.waitForFunction((last) => document.querySelector("#projects a").dataset.id === last, { timeout: PATIENCE_MS }, last);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.id), last);
    assert.equal(await page.evaluate(() => document.documentElement.scrollTop), scrolled);
    await close();
  });

  await fact("the parts of each hour and day add up to the whole", async () => {
    const sums = [];
    for (const [step, from] of [["hour", "history?since=90d&step=1h&by=model"], ["day", "daily?last=91"]]) {
      const said = await (await fetch(`${yearAt}api/${from}`)).json();
      const rows = said.rows ?? said.points;
      sums.push([step, rows.flatMap((row) => row.models).reduce((sum, part) => sum + part.requests, 0) - rows.reduce((sum, row) => sum + row.requests, 0)]);
    }
    assert.deepEqual(sums, [["hour", 0], ["day", 0]]);
  });

  await fact("the keyboard reaches days, filters, views and the theme", async () => {
    const { page, close } = await open(browser, yearAt);
    await untilLive(page);
    const reached = new Set();
    for (let key = 0; key < 60; key++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement.dataset.date ? "day" : document.activeElement.id || document.activeElement.getAttribute("name") || document.activeElement.hash || document.activeElement.tagName));
    }
    for (const wanted of ["day", "theme", "by", "step", "#usage", "#publisher", "SUMMARY"]) assert.ok(reached.has(wanted), `${wanted} is not among ${[...reached]}`);
    await page.focus("#heat [tabindex='0']");
    const today = await text(page, "#day-reading");
    await page.keyboard.press("ArrowLeft");
    const before = await text(page, "#day-reading");
    assert.notEqual(before, today);
    assert.match(before, /: (\$|~|<|no usage)/);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid");
    await page.click("#theme");
    await page.click("#theme");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.reload({ waitUntil: "load" });
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await close();
  });

  await fact("an append is shown live; a restart is survived, and stale meanwhile", async () => {
    const { page, complaints, close } = await open(browser, at);
    await untilLive(page);
    const requests = (await stats(port)).today.requests;
    const shows = (count) => page.waitForFunction((count) => document.querySelector('[data-slot="today.more"]').textContent.includes(` ${count} request`), { timeout: PATIENCE_MS, polling: 5 }, count);
    const began = performance.now();
    ugly.add("-home-ada-live", "live", { cwd: "/home/ada/live" });
    await shows(requests + 1);
    const taken = Math.round(performance.now() - began);
    await publisher.stop();
    await page.waitForFunction(() => document.body.dataset.state === "stale" && !document.querySelector("#notice").hidden, { timeout: PATIENCE_MS });
    assert.match(await text(page, "#notice"), /may be old/);
    assert.equal(await text(page, "#state"), "stale");
    assert.notEqual(await slot(page, "today.cost"), "$0.00");
    assert.deepEqual(await violations(page), []);
    await picture(page, "stale-light-1280");
    ugly.add("-home-ada-live", "live", { cwd: "/home/ada/live" });
    publisher = await ugly.publish(port);
    await page.waitForFunction(() => document.body.dataset.state === "live" && document.querySelector("#notice").hidden, { timeout: PATIENCE_MS });
    await shows(requests + 2);
    // The browser itself reports connections that are refused.
    assert.deepEqual(complaints.filter((complaint) => !complaint.includes("ERR_CONNECTION_REFUSED") && !complaint.includes("ERR_INCOMPLETE_CHUNKED")), []);
    await close();
    return `an append after ${taken} ms`;
  });

  await fact("a publisher that died or was stopped is called that", async () => {
    const served = await freePort();
    const server = await ugly.serve(served);
    running.push(() => server.stop());
    const { page, close } = await open(browser, `http://127.0.0.1:${served}/`);
    await untilLive(page);
    await publisher.stop("SIGKILL");
    await page.waitForFunction(() => document.body.dataset.state === "dead", { timeout: PATIENCE_MS });
    assert.match(await text(page, "#notice"), /cco daemon start/);
    publisher = await ugly.publish(port);
    await page.waitForFunction(() => document.body.dataset.state === "live", { timeout: PATIENCE_MS });
    await publisher.stop();
    await page.waitForFunction(() => document.body.dataset.state === "stopped", { timeout: PATIENCE_MS });
    await close();
  });

  await fact("before the first publish there is a reason and no figure", async () => {
    const [empty, unpublished] = [new Place(), await freePort()];
    const server = await empty.serve(unpublished);
    running.push(() => server.stop());
    const { page, close } = await open(browser, `http://127.0.0.1:${unpublished}/`);
    await page.waitForFunction(() => document.body.dataset.state === "missing", { timeout: PATIENCE_MS });
    assert.match(await text(page, "#notice"), /cco daemon start/);
    for (const name of ["today.cost", "month.cost", "block.cost", "publisher.requests"]) assert.equal(await slot(page, name), "–");
    assert.deepEqual(await violations(page), []);
    await close();
  });

  await fact("the token is asked for once, and kept for the tab", async () => {
    const [file, guarded] = [join(year.home, "token"), await freePort()];
    const token = "0123456789abcdef0123456789abcdef0123456789";
    writeFileSync(file, token, { mode: 0o600 });
    const server = await year.serve(guarded, "--token-file", file);
    running.push(() => server.stop());
    const { page, close } = await open(browser, `http://127.0.0.1:${guarded}/`, { before: () => { sessionStorage.getItem("cco.token") ?? sessionStorage.setItem("cco.token", "wrong"); } });
    await page.waitForFunction(() => document.querySelector("#token").open, { timeout: PATIENCE_MS });
    assert.match(await text(page, "#token-why"), /not this server/);
    assert.deepEqual(await violations(page), []);
    await page.type("#token input", token);
    await page.keyboard.press("Enter");
    await untilLive(page);
    assert.ok(!page.url().includes(token));
    await page.reload({ waitUntil: "load" });
    await untilLive(page);
    assert.equal(await page.evaluate(() => document.querySelector("#token").open), false);
    await close();
  });

  if (process.argv.includes("--docs")) {
    for (const theme of THEMES) {
      const { page, close } = await open(browser, yearAt, { theme, height: 944 });
      await untilLive(page);
      await page.waitForNetworkIdle({ idleTime: 300, concurrency: 1, timeout: PATIENCE_MS });
      await page.screenshot({ path: join(process.env.CCO_ROOT, `docs/pictures/dashboard-${theme}.webp`), type: "webp", quality: 80 });
      await close();
    }
  }
}

try {
  await run();
} finally {
  await Promise.allSettled(running.map((stop) => stop()));
  await browser.close();
}
console.log(process.exitCode ? "the dashboard is NOT as it should be" : `pictures: ${process.env.CCO_PICTURES}`);
