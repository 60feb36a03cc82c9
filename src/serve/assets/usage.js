// Usage over time by model or project: from the reports to groups of figures, one for each bar.
// Invariant: the groups of a bar add up to it; those beyond the largest are one, `other`.
// @ts-check

import { get } from "./api.js";
import * as words from "./words.js";

/** @import { Row, Sums } from "./api.js" */
/** @import { Filters } from "./link.js" */

/**
 * @typedef {{ start: number, sums: Sums, groups: Map<string, Sums> }} Step
 * @typedef {{ steps: Step[], names: string[], totals: Sums[], from: number, until: number, length: number }} Usage
 */

const MOST_GROUPS = 7;
export const OTHER = "other";
const DAY_MS = 86_400_000;
const LENGTHS = /** @type {Record<string, number>} */ ({ hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS });

/** What a bar shows of sums. @param {Sums} sums @param {Filters} filters */
export function figure(sums, filters) {
  return filters.show === "cost" ? sums.cost_usd : sums.total_tokens;
}

/** @param {Filters} filters @param {number} now ms, of the server @returns {Promise<Usage>} */
export async function readUsage(filters, now) {
  const days = Number(filters.last);
  const length = LENGTHS[filters.step] ?? DAY_MS;
  const only = { project: filters.project, model: filters.model };
  const byProject = filters.by === "project";
  /** @type {{ rows?: Row[], points?: Row[] }} */
  let document;
  if (filters.step === "hour") {
    document = await get("/api/history", { since: `${days}d`, step: "1h", by: filters.by, ...only });
  } else {
    const count = filters.step === "week" ? Math.ceil(days / 7) : days;
    document = await get(filters.step === "week" ? "/api/weekly" : "/api/daily", { last: count, by_project: byProject ? "true" : undefined, ...only });
  }
  const steps = stepsOf(document.rows ?? document.points ?? [], byProject);
  const usage = together(steps, filters);
  const from = now - days * DAY_MS;
  return { ...usage, from: Math.min(from, steps[0]?.start ?? from), until: Math.max(now, (steps.at(-1)?.start ?? 0) + length), length };
}

/** @param {Row[]} rows @param {boolean} byProject @returns {Step[]} */
function stepsOf(rows, byProject) {
  /** @type {Map<number, Step>} */
  const steps = new Map();
  for (const row of rows) {
    const start = Date.parse(row.start);
    const step = steps.get(start) ?? { start, sums: none(), groups: new Map() };
    steps.set(start, step);
    add(step.sums, row);
    /** @type {[string, Sums][]} */
    const parts = byProject
      ? (row.projects ?? [/** @type {any} */ (row)]).map((part) => [words.projectName(part), part])
      : (row.models ?? []).map((part) => [words.modelName(part), part]);
    for (const [name, part] of parts) {
      const group = step.groups.get(name) ?? none();
      add(group, part);
      step.groups.set(name, group);
    }
  }
  return [...steps.values()].sort((a, b) => a.start - b.start);
}

/** @param {Step[]} steps @param {Filters} filters */
function together(steps, filters) {
  /** @type {Map<string, Sums>} */
  const all = new Map();
  for (const step of steps) {
    for (const [name, sums] of step.groups) {
      const total = all.get(name) ?? none();
      add(total, sums);
      all.set(name, total);
    }
  }
  const sorted = [...all].sort((a, b) => figure(b[1], filters) - figure(a[1], filters) || (a[0] < b[0] ? -1 : 1));
  const kept = sorted.length > MOST_GROUPS ? sorted.slice(0, MOST_GROUPS - 1) : sorted;
  const rest = sorted.slice(kept.length);
  const names = kept.map(([name]) => name);
  const totals = kept.map(([, total]) => total);
  if (rest.length > 0) {
    names.push(OTHER);
    totals.push(summed(rest.map(([, total]) => total)));
    for (const step of steps) {
      const others = none();
      for (const [name] of rest) {
        const sums = step.groups.get(name);
        if (sums) add(others, sums);
        step.groups.delete(name);
      }
      step.groups.set(OTHER, others);
    }
  }
  return { steps, names, totals };
}

/** @param {Sums[]} parts */
export function summed(parts) {
  const sum = none();
  for (const part of parts) add(sum, part);
  return sum;
}

/** @returns {Sums} */
function none() {
  return { requests: 0, messages: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0, unpriced_tokens: 0, provisional_output_tokens: 0 };
}

/** @param {Sums} to @param {Sums} sums */
function add(to, sums) {
  for (const name of /** @type {(keyof Sums)[]} */ (Object.keys(to))) to[name] += sums[name];
}
