// Usage over time by model or project: from the reports to groups of figures, one for each bar.
// Invariant: the groups of a bar add up to it; those beyond the largest are one.
// Groups are told apart by what is recorded, never by what they are called.
// @ts-check

import { get } from "./api.js";
import * as names from "./names.js";

/** @import { Row, Sums } from "./api.js" */
/** @import { Filters } from "./link.js" */

/**
 * A group is what is recorded of a model or project; `null` are all those beyond the largest.
 * @typedef {{ id: string | null, name: string, total: Sums }} Group
 * @typedef {{ start: number, sums: Sums, groups: Map<string | null, Sums> }} Step
 * @typedef {{ steps: Step[], groups: Group[], from: number, until: number, length: number }} Usage
 */

const MOST_GROUPS = 7;
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
  /** @type {Map<string, string>} */
  const called = new Map();
  const steps = stepsOf(document.rows ?? document.points ?? [], byProject, called);
  const groups = together(steps, filters, called);
  const from = now - days * DAY_MS;
  return { steps, groups, from: Math.min(from, steps[0]?.start ?? from), until: Math.max(now, (steps.at(-1)?.start ?? 0) + length), length };
}

/** @param {Row[]} rows @param {boolean} byProject @param {Map<string, string>} called what groups are called, by id; filled here */
function stepsOf(rows, byProject, called) {
  /** @type {Map<number, Step>} */
  const steps = new Map();
  for (const row of rows) {
    const start = Date.parse(row.start);
    const step = steps.get(start) ?? { start, sums: none(), groups: new Map() };
    steps.set(start, step);
    add(step.sums, row);
    /** @type {[string, string, Sums][]} */
    const parts = byProject
      ? (row.projects ?? [/** @type {any} */ (row)]).map((part) => [part.project, names.projectName(part), part])
      : (row.models ?? []).map((part) => [part.model, names.modelName(part), part]);
    for (const [id, name, part] of parts) {
      called.set(id, name);
      add(group(step, id), part);
    }
  }
  return [...steps.values()].sort((a, b) => a.start - b.start);
}

/** @param {Step} step @param {string | null} id */
function group(step, id) {
  const sums = step.groups.get(id) ?? none();
  step.groups.set(id, sums);
  return sums;
}

/** The groups of all steps, the largest first. @param {Step[]} steps @param {Filters} filters @param {Map<string, string>} called */
function together(steps, filters, called) {
  /** @type {Map<string | null, Group>} */
  const all = new Map([...called].map(([id, name]) => [id, { id, name, total: none() }]));
  for (const { groups } of steps) {
    for (const [id, sums] of groups) add(/** @type {Group} */ (all.get(id)).total, sums);
  }
  const sorted = [...all.values()].sort((a, b) => figure(b.total, filters) - figure(a.total, filters) || (a.name < b.name ? -1 : 1));
  if (sorted.length <= MOST_GROUPS) return sorted;
  const rest = sorted.splice(MOST_GROUPS - 1);
  const kept = new Set(sorted.map(({ id }) => id));
  for (const step of steps) {
    const others = none();
    for (const [id, sums] of step.groups) {
      if (kept.has(id)) continue;
      add(others, sums);
      step.groups.delete(id);
    }
    step.groups.set(null, others);
  }
  let name = `${rest.length} others`;
  while (sorted.some((one) => one.name === name)) name = `all ${name}`;
  return [...sorted, { id: null, name, total: summed(rest.map(({ total }) => total)) }];
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
