// Cards on what is now: today, week and month against their budgets, and the block.
// Invariant: a period that is over is not shown as the present one.
// @ts-check

import { byId, fill, put, write } from "./page.js";
import * as words from "./words.js";

/** @import { Budget, Head, Span } from "./api.js" */

/** @param {Head} head @param {Budget[] | null} budgets @param {number} now ms, of the server */
export function showNow(head, budgets, now) {
  showPeriod("today", head.today, "day", budgets, now);
  showPeriod("week", head.this_week, "week", budgets, now);
  showPeriod("month", head.this_month, "month", budgets, now);
  showBlock(head, now);
}

/** @param {string} slot @param {Span} span @param {string} period @param {Budget[] | null} budgets @param {number} now */
function showPeriod(slot, span, period, budgets, now) {
  const isOver = Date.parse(span.end) <= now;
  const bar = byId(`bar-${slot}`);
  putCost(slot, isOver ? words.UNKNOWN : words.cost(span));
  put(`${slot}.more`, isOver ? "over; waiting for the next publish" : `${words.short(span.total_tokens)} tokens, ${words.counted(span.requests, "request")}`);
  const budget = budgets?.find((budget) => budget.project === null && budget.period === period);
  if (!budget || isOver) {
    put(`${slot}.budget`, budgets && !isOver ? "no budget" : words.UNKNOWN);
    fill(bar, null, "");
    return;
  }
  const part = budget.limit_usd > 0 ? span.cost_usd / budget.limit_usd : 1;
  put(`${slot}.budget`, `${words.wholePercent(span.cost_usd, budget.limit_usd)}${span.unpriced_tokens ? "+" : ""} of ${words.dollars(budget.limit_usd)}`);
  // The budget's standing may be older than the figure.
  fill(bar, part, `${budget.name} budget`, part >= 1 ? "over" : budget.standing);
}

/** The figure of a card; a long one is smaller. @param {string} slot @param {string} cost */
function putCost(slot, cost) {
  put(`${slot}.cost`, cost);
  document.querySelector(`[data-slot="${slot}.cost"]`)?.classList.toggle("long", cost.length > 10);
}

/** @param {Head} head @param {number} now */
function showBlock(head, now) {
  const bar = byId("bar-block");
  const block = head.block;
  if (!block || Date.parse(block.end) <= now) {
    put("block.cost", block ? words.UNKNOWN : "none");
    put("block.left", block ? `ended at ${words.time(Date.parse(block.end), "clock")}` : "the next request begins one");
    for (const slot of ["block.rate", "block.projection"]) put(slot, words.UNKNOWN);
    fill(bar, null, "");
    return;
  }
  const [start, end] = [Date.parse(block.start), Date.parse(block.end)];
  putCost("block", words.cost(block));
  put("block.left", left(head, start, end, now));
  fill(bar, (now - start) / (end - start), "time of the block");
  const rate = block.burn_rate;
  const unpriced = block.unpriced_tokens;
  put("block.rate", rate ? `${words.amount(rate.cost_per_hour_usd, unpriced)}/h, ${words.short(rate.tokens_per_minute)} tokens/min` : "no rate yet");
  const to = block.projection;
  put("block.projection", to ? `projected ${words.amount(to.cost_usd, unpriced)}, ${words.short(to.total_tokens)} tokens` : "no projection yet");
}

/** One time left for the five hours: the account's, if it is known. @param {Head} head @param {number} start @param {number} end @param {number} now */
function left(head, start, end, now) {
  const limit = head.limits.five_hour;
  const resets = limit?.resets_at && !limit.is_over ? Date.parse(limit.resets_at) : 0;
  return resets > now
    ? `${words.time(start, "clock")} to ${words.time(end, "clock")}, the limit resets in ${words.span(resets - now)}`
    : `${words.span(end - now)} left, until ${words.time(end, "clock")}`;
}

/** All budgets. @param {Budget[]} budgets @param {(tag: any, attributes?: any, ...children: any[]) => HTMLElement} make */
export function showBudgets(budgets, make) {
  const list = byId("budgets");
  if (budgets.length === 0) {
    list.replaceChildren(make("li", { class: "dim" }, "No budgets: set them under [budgets] in the config file."));
    return;
  }
  list.replaceChildren(...budgets.map((budget) => {
    const [name, bar] = [words.plain(budget.name), make("div", { class: "bar" })];
    const part = budget.limit_usd > 0 ? budget.spent_usd / budget.limit_usd : 1;
    fill(bar, part, `${name} budget`, budget.standing);
    const percent = `${words.wholePercent(budget.spent_usd, budget.limit_usd)}${budget.unpriced_tokens ? "+" : ""}`;
    const spent = `${words.amount(budget.spent_usd, budget.unpriced_tokens)} of ${words.dollars(budget.limit_usd)}`;
    const mark = make("span", { class: `mark ${budget.standing}` }, percent);
    const item = make("li", {}, make("div", { class: "line" }, make("bdi", { class: "name", title: name }, name), make("span", {}, `${spent} · `, mark)), bar);
    const to = budget.projected_usd;
    item.append(make("p", { class: "dim" }, to === null ? `a ${budget.period}` : `projected ${words.amount(to, budget.unpriced_tokens)} by the end of the ${budget.period}`));
    return item;
  }));
}

/** Marks what the address says is shown. @param {string} view */
export function showView(view) {
  document.body.dataset.view = view;
  for (const link of byId("views").querySelectorAll("a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  write(/** @type {Element} */ (document.querySelector("title")), view === "overview" ? "cco" : `cco: ${view}`);
}
