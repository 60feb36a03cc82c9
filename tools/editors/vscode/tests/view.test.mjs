// What people see of a reading, in the item, its tooltip, the label for screen readers, and the summary.
// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, inMarkdown, money, plain, span, summary, tokens, view } from "#parts";
import { counters, NOW, OPTIONS, usage } from "./readings.mjs";

const HOUR = 3_600_000n;

test("the item shows today's cost, and what else it is asked for, in that order", () => {
  assert.equal(view(usage(), NOW, OPTIONS).text, "$(graph) $1.66 today");
  const all = view(usage(), NOW, { ...OPTIONS, shows: ["project", "block", "limits", "today", "week", "month"] });
  assert.equal(all.text, "$(graph) $0.51 project · $7.24 block, 1h 19m left · 41% of 5h · 12% of 7d · $1.66 today · $12.50 week · $99.99 month");
  assert.equal(view(usage(), NOW, { ...OPTIONS, shows: [] }).text, "$(graph) cco");
});

test("the tooltip has today, block, limits, models and the project of the open folder", () => {
  const { tooltip, commands } = view(usage(), NOW, OPTIONS);
  const lines = tooltip.replaceAll("&nbsp;&nbsp;", "").replaceAll("&nbsp;", " ").split("\n");
  assert.deepEqual(lines.filter((line) => /^\| .*\d|^\[|\*/.test(line)), [
    "**Claude Code usage**",
    "| Today | &#36;1&#46;66 | 33&#46;0k tokens |",
    "| 5-hour block | &#36;7&#46;24 | 1h 19m left, &#36;7&#46;24&#47;h |",
    "| This week | &#36;12&#46;50 | 33&#46;0k tokens |",
    "| This month | &#36;99&#46;99 | 33&#46;0k tokens |",
    "| **Project** | | |",
    "| engine today | &#36;0&#46;51 | 66&#46;0k tokens |",
    "| engine in all | &#36;51&#46;00 | 66&#46;0k tokens |",
    "| **Limits** | | |",
    "| 5-hour limit | 41% | resets in 2h 19m |",
    "| 7-day limit | 12% | resets in 3d 8h |",
    "| **Models, all time** | | |",
    "| claude&#45;opus&#45;4&#45;6 | &#36;1,200&#46;00 | 33&#46;0k tokens |",
    "| claude&#45;haiku&#45;4&#45;5 | &#36;0&#46;10 | 33&#46;0k tokens |",
    "[Summary](command:cco.summary)",
  ]);
  assert.deepEqual(commands, ["cco.summary"]);
  assert.ok(!view(usage(), NOW, { ...OPTIONS, folder: undefined }).tooltip.includes("Project"), "no folder, no project");
});

test("the label says in words what the item shows", () => {
  assert.equal(view(usage(), NOW, OPTIONS).label, "Claude Code usage: Today $1.66, 5-hour block $7.24, 5-hour limit 41%, 7-day limit 12%");
});

test("stale figures say so everywhere", () => {
  for (const [publisher, words] of [["dead", "The publisher is gone: its last sign of life was 2m ago"], ["stopped", "The publisher stopped 2m ago"]]) {
    const reading = usage({ freshness: { publisher, heartbeatAgeMs: 150_000n } });
    const shown = view(reading, NOW, OPTIONS);
    assert.deepEqual([shown.text, shown.background], ["$(warning) $1.66? today · stale 2m", "warning"]);
    assert.ok(shown.tooltip.includes(`${words}; figures are not updated.`));
    assert.ok(shown.tooltip.includes("[Start the publisher](command:cco.startPublisher)"));
    assert.deepEqual(shown.commands, ["cco.startPublisher", "cco.summary"]);
    assert.ok(shown.label.endsWith("stale since 2m"));
    const lines = summary(reading, NOW, undefined);
    assert.deepEqual(lines[0], { label: "$(warning) Stale", description: `${words}; figures are not updated.` });
    assert.ok(lines.some(({ command }) => command === "cco.startPublisher"));
  }
  assert.ok(!summary(usage(), NOW, undefined).some(({ command }) => command === "cco.startPublisher"), "one runs already");
});

test("a day that is over has no figure, and never zero", () => {
  const over = usage({ totals: { today: { start: 0n, end: NOW, counters: counters(166) }, block: null } });
  const shown = view(over, NOW, { ...OPTIONS, shows: ["today", "project", "block"] });
  assert.equal(shown.text, "$(graph) – today");
  assert.ok(shown.tooltip.includes("The day of these figures is over."));
  assert.ok(!shown.tooltip.includes("engine today") && shown.tooltip.includes("engine in all"));
});

test("no snapshot and an unreadable one are words, with what to do", () => {
  const missing = view({ kind: "missing", path: "/x/[a](command:b)" }, NOW, OPTIONS);
  assert.deepEqual([missing.text, missing.background, missing.commands], ["$(circle-slash) cco: no snapshot", "none", ["cco.startPublisher"]]);
  assert.ok(!missing.tooltip.includes("[a](command:b)"));
  const broken = view({ kind: "unreadable", message: "it is damaged: run `cco publish --once`", code: 13 }, NOW, OPTIONS);
  assert.deepEqual([broken.text, broken.background, broken.commands], ["$(error) cco: snapshot unreadable", "error", []]);
  assert.match(summary({ kind: "missing", path: "/x" }, NOW, undefined)[0]?.description ?? "", /no publisher has run yet/);
  const homeless = view({ kind: "missing", path: undefined }, NOW, OPTIONS);
  assert.match(homeless.tooltip, /no home folder to find a snapshot in&#58; name one in the setting cco&#46;snapshot/);
  assert.deepEqual(homeless.commands, []);
  assert.match(summary({ kind: "unreadable", message: "damaged", code: 13 }, NOW, undefined)[0]?.description ?? "", /damaged/);
});

test("the background is that of the highest threshold that is reached", () => {
  const limit = { agent: 0n, kind: "seven_day", scope: "", used: 0n, resetsAt: NOW + HOUR, seenAt: NOW, spent: 0n, allowed: 0n };
  /** @param {bigint} used @param {bigint} resetsAt */
  const at = (used, resetsAt = NOW + HOUR) => view(usage({ tables: { limits: [{ ...limit, used, resetsAt }] } }), NOW, OPTIONS).background;
  assert.deepEqual([at(699_999n), at(700_000n), at(899_999n), at(900_000n), at(2_000_000n)], ["none", "warning", "warning", "error", "error"]);
  assert.equal(at(900_000n, NOW), "none", "it has been reset");
  /** @param {number} warning @param {number} error */
  const today = (warning, error) => view(usage(), NOW, { ...OPTIONS, today: { warning, error } }).background;
  assert.deepEqual([today(0, 0), today(2, 3), today(1.66, 3), today(1, 1.5)], ["none", "none", "warning", "error"]);
});

test("a cost that leaves something out is marked", () => {
  assert.deepEqual([0, 120].map((cents) => money(counters(cents, { unpricedTokens: 5n }))), ["no price", "$1.20+"]);
  assert.equal(money(counters(120, { provisionalOutputTokens: 201n })), "~$1.20");
  assert.equal(view(usage({ totals: { scanState: "catching_up" } }), NOW, OPTIONS).text, "$(graph) $1.66+ today");
  const unpriced = { name: "new", agent: 0n, counters: counters(120, { unpricedTokens: 5n }) };
  for (const [changes, cost] of /** @type {[object, string][]} */ ([[{ totals: { scanState: "catching_up" } }, "$1.20+,"], [{ freshness: { publisher: "dead" } }, "$1.20+?,"]])) {
    const lines = summary(usage({ ...changes, tables: { models: [unpriced] } }), NOW, undefined);
    assert.ok(lines.find(({ label }) => label === "new")?.description.startsWith(cost), cost);
  }
});

test("figures read as in cco's own reports", () => {
  assert.deepEqual([1_234_565_000_000_000n, 4_000_000_000n, 5_000_000_000n, 0n].map(amount), ["$1,234.57", "<$0.01", "$0.01", "$0.00"]);
  assert.deepEqual([999n, 34_567n, 999_950n, 133_812_456n, 7_000_000_000_000n].map(tokens), ["999", "34.6k", "1.0M", "133.8M", "7,000.0G"]);
  assert.deepEqual([-5n, 59_999n, 720_000n, 3_900_000n, 7_200_000n, 180_000_000n].map(span), ["0s", "59s", "12m", "1h 5m", "2h", "2d 2h"]);
});

test("names of strangers are text: no markup, no icon, no line, no direction, and not endless", () => {
  const names = [
    "[click](command:workbench.action.terminal.new)", "![x](https://evil.example/x.png)", "<img src=x onerror=alert(1)>", "a | b | c", "$(trash) # **bold** `code`",
    "two\nlines\r\n\n# title", "\u001b[2J\u202edetrevni\u2066\u2028\u200b\ufeff", "https://evil.example", "www.evil.example", "x".repeat(300_000),
  ];
  for (const name of names) {
    const shown = inMarkdown(name);
    assert.doesNotMatch(shown, /[[\]()<>|`*$!]|\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u200b\ufeff]/u);
    assert.doesNotMatch(shown, /https?:|www\./, "no address that becomes a link by itself");
    assert.ok([...plain(name)].length <= 48 * 8);
    const row = { name, agent: 0n, counters: counters(1) };
    const { tooltip, text, label } = view(usage({ tables: { models: [row] } }), NOW, { ...OPTIONS, folder: `/home/${name}` });
    assert.equal(tooltip.split("\n").filter((line) => line.startsWith("|")).every((line) => line.split("|").length === 5), true, "three cells a row");
    assert.doesNotMatch(text + label, /\p{Cc}|evil|trash/u);
    for (const line of summary(usage({ tables: { models: [row] } }), NOW, `/home/${name}`)) {
      assert.doesNotMatch(line.label + line.description, /\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028]|\$\(trash/u);
    }
  }
});

test("messages are whole, however long their paths are, and no markup", () => {
  const path = `/${"[x](command:y) $(trash) \u202e\u2066<b>|`".repeat(128)}/end`;
  assert.ok(Buffer.byteLength(path) > 4096);
  const message = `${path} is damaged (sums): run \`cco publish --once\` to replace it, or restart the publisher`;
  for (const reading of [/** @type {const} */ ({ kind: "missing", path }), /** @type {const} */ ({ kind: "unreadable", message, code: 13 })]) {
    const { tooltip, text, label } = view(reading, NOW, OPTIONS);
    const words = tooltip.split("\n\n")[1] ?? "";
    assert.equal(words.match(/end/g)?.length, 1);
    assert.equal(words.split("trash").length - 1, 128, "nothing is cut out");
    assert.doesNotMatch(words, /[[\]()<>|`*$!]|\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    assert.doesNotMatch(text + label, /trash|end/);
    const line = summary(reading, NOW, undefined)[0]?.description ?? "";
    assert.equal(line.split("trash").length - 1, 128);
    assert.doesNotMatch(line, /\$\(trash|\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
  }
  const limit = { agent: 0n, kind: "spend", scope: "", used: 0n, resetsAt: NOW + 90_000_000n, seenAt: NOW, spent: 123_456_789n * 10n ** 12n, allowed: 987_654_321n * 10n ** 12n };
  const { tooltip } = view(usage({ tables: { limits: [limit] } }), NOW, OPTIONS);
  assert.ok(tooltip.includes("&#36;123,456,789&#46;00&nbsp;of&nbsp;&#36;987,654,321&#46;00,&nbsp;resets&nbsp;in&nbsp;1d&nbsp;1h"), "nor of figures");
});
