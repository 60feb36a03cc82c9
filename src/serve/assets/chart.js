// The chart of usage over time: stacked bars by uPlot, a legend, the bar under the pointer in words, and all of it as a table.
// Loaded after the first figures are shown, because uPlot takes longer than all other scripts together.
// Invariant: what the chart shows is in the table too.
// @ts-check

// @ts-expect-error: the program serves it, as a module.
import uPlot from "./uPlot.js";
import { byId, describe, make, write } from "./page.js";
import { showTable } from "./table.js";
import { figure, summed } from "./usage.js";
import * as words from "./words.js";

/** @import { Sums } from "./api.js" */
/** @import { Filters } from "./link.js" */
/** @import { Group, Step, Usage } from "./usage.js" */

const PERIODS = /** @type {Record<string, string>} */ ({ "1": "day", "7": "7 days", "30": "30 days", "90": "90 days", "365": "365 days" });

/** @type {any} */
let plot = null;
/** @type {{ usage: Usage, filters: Filters } | null} */
let shown = null;
/** Names and colours for which the plot was made. */
let madeFor = "";

/** @param {Usage} usage @param {Filters} filters */
export function showUsage(usage, filters) {
  shown = { usage, filters };
  const key = JSON.stringify([usage.groups.map(({ id, name }) => [id, name]), filters.show, filters.step, words.zoneName(), document.documentElement.dataset.theme, matchMedia("(prefers-color-scheme: dark)").matches]);
  if (key === madeFor && plot) {
    plot.setData(stacked(usage, filters));
  } else {
    madeFor = key;
    begin(usage, filters);
  }
  legend(usage, filters);
  // The bar under the pointer stays the one that is read.
  read(plot.cursor.idx ?? null);
  table(usage, filters);
  const parts = usage.groups.slice(0, 4).map(({ name, total }) => `${name} ${shows(total, filters)}`).join(", ");
  describe(byId("chart"), { "aria-label": usage.steps.length === 0
    ? `No usage in the last ${PERIODS[filters.last]}`
    : `${filters.show} by ${filters.by} per ${filters.step}, last ${PERIODS[filters.last]}: ${shows(whole(usage), filters)}; ${parts}. The table below has the figures.` });
}

/** All groups together. @param {Usage} usage */
function whole(usage) {
  return summed(usage.groups.map(({ total }) => total));
}

/** @param {Sums} sums @param {Filters} filters */
function shows(sums, filters) {
  return filters.show === "cost" ? words.cost(sums) : words.short(sums.total_tokens);
}

/** Cumulative, the tallest first, because each bar covers the ones behind it. @param {Usage} usage @param {Filters} filters */
function stacked(usage, filters) {
  const heights = usage.groups.map(() => /** @type {number[]} */ ([]));
  for (const step of usage.steps) {
    let sum = 0;
    usage.groups.forEach(({ id }, index) => {
      const sums = step.groups.get(id);
      sum += sums ? figure(sums, filters) : 0;
      heights[index]?.push(sum);
    });
  }
  return [usage.steps.map((step) => step.start / 1000), ...heights.reverse()];
}

/** The colour that a variable of the style sheet has now. @param {string} name */
function colour(name) {
  const probe = make("span", {});
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** @param {Usage} usage @param {Filters} filters */
function begin(usage, filters) {
  plot?.destroy();
  const place = byId("chart");
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const [dim, grid] = [colour("dim"), colour("grid")];
  const font = `${Math.round(size * 0.78)}px system-ui, sans-serif`;
  const axis = { stroke: dim, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const bars = uPlot.paths.bars({ size: [0.82, 60] });
  const series = usage.groups.map((group, index) => ({ label: group.name, fill: colour(`c${slot(index, group)}`), width: 0, paths: bars, points: { show: false } })).reverse();
  plot = new uPlot({
    width: place.clientWidth, height: place.clientHeight, tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1000), words.zoneName()),
    legend: { show: false }, padding: [8, 8, 0, 0],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { x: { time: true, range: () => bounds() }, y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ max) => [0, max > 0 ? max * 1.06 : 1] } },
    axes: [
      { ...axis, size: Math.round(size * 2.4), space: size * 4.5, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((seconds) => tick(seconds * 1000)) },
      { ...axis, size: Math.round(size * 4.3), values: (/** @type {any} */ _, /** @type {number[]} */ all) => all.map((value) => (filters.show === "cost" ? `$${value >= 1000 ? words.short(value) : value}` : words.short(value))) },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(/** @type {any} */ made) => read(made.cursor.idx ?? null)] },
  }, stacked(usage, filters), place);
}

/** Half a step of room on both sides, in seconds. */
function bounds() {
  if (!shown) return [0, 1];
  const { from, until, length } = shown.usage;
  return [(from - length * 0.6) / 1000, (until - length * 0.4) / 1000];
}

/** @param {number} ms */
function tick(ms) {
  const clock = words.time(ms, "clock");
  return clock === "00:00" ? words.time(ms, "short") : clock;
}

/** Which colour a group has; the last is for the rest. @param {number} index @param {Group} group */
function slot(index, group) {
  return group.id === null ? 6 : Math.min(index, 6);
}

/** @param {Usage} usage @param {Filters} filters */
function legend(usage, filters) {
  byId("legend").replaceChildren(...usage.groups.map((group, index) =>
    make("li", {}, make("i", { class: `swatch g${slot(index, group)}` }), make("bdi", { class: "name", title: group.name }, group.name), make("b", {}, shows(group.total, filters)))));
}

/** @param {Step} step @param {Filters} filters */
function stepName(step, filters) {
  return filters.step === "hour" ? words.time(step.start, "moment") : `${filters.step === "week" ? "week from " : ""}${words.time(step.start, "day")}`;
}

/** @param {Step["sums"]} sums @param {number} start @param {Filters} filters */
function stepFigure(sums, start, filters) {
  return filters.show === "cost" ? words.cost(sums, start) : words.whole(sums.total_tokens);
}

/** The bar under the pointer in words; without one, all of them. @param {number | null} index */
function read(index) {
  if (!shown) return;
  const { usage, filters } = shown;
  const step = index === null ? undefined : usage.steps[index];
  if (!step) {
    write(byId("reading"), usage.steps.length === 0 ? `No usage in the last ${PERIODS[filters.last]}` : `${shows(whole(usage), filters)} in the last ${PERIODS[filters.last]}`);
    return;
  }
  const parts = usage.groups.flatMap(({ id, name }) => {
    const sums = step.groups.get(id);
    return sums && figure(sums, filters) > 0 ? [`${name} ${stepFigure(sums, step.start, filters)}`] : [];
  });
  write(byId("reading"), `${stepName(step, filters)}: ${stepFigure(step.sums, step.start, filters)} · ${parts.join(" · ")}`);
}

/** @param {Usage} usage @param {Filters} filters */
function table(usage, filters) {
  showTable([filters.step, "all", ...usage.groups.map(({ name }) => name)], usage.steps.length, (index) => {
    const step = /** @type {Step} */ (usage.steps[usage.steps.length - 1 - index]);
    const parts = usage.groups.map(({ id }) => step.groups.get(id)).map((sums) => (sums?.requests ? stepFigure(sums, step.start, filters) : ""));
    return [stepName(step, filters), stepFigure(step.sums, step.start, filters), ...parts];
  });
}

new ResizeObserver(() => {
  const place = byId("chart");
  if (plot && place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height: place.clientHeight });
}).observe(byId("chart"));
addEventListener("themechange", () => {
  if (shown) showUsage(shown.usage, shown.filters);
});
