// What projects and models are called: the user's own names, else the end of a path.
// Invariant: two things never have the same name. Names are for people; only what is recorded tells things apart.
// @ts-check

import { plain } from "./words.js";

/**
 * @typedef {{ project: string, path?: string | null, project_alias?: string }} Project
 * @typedef {{ model: string, model_alias?: string }} Model
 */

/** Names by what is recorded. @type {Map<string, string>} */
let projects = new Map();
/** @type {Map<string, string>} */
let models = new Map();

/** @param {{ projects: Project[], models: Model[] }} stats */
export function useNames(stats) {
  projects = distinct(new Map(stats.projects.map((row) => [row.project, namesOf(row)])));
  models = distinct(new Map(stats.models.map((row) => [row.model, row.model_alias ? [row.model_alias, `${row.model_alias} (${row.model})`] : [row.model]])));
}

/** A model by the user's name for it. @param {{ model: string }} row */
export function modelName(row) {
  return models.get(row.model) ?? plain(row.model);
}

/** A project by the user's name for it, or as much of its path as tells it from others. @param {Project} row */
export function projectName(row) {
  return projects.get(row.project) ?? plain(namesOf(row)[0] ?? row.project);
}

/** What a project can be called, the shortest first; the last one has all that is known. @param {Project} row */
function namesOf({ project, path, project_alias: alias }) {
  const parts = (path ?? "").split("/").filter(Boolean);
  const end = parts.slice(-2).join("/");
  if (alias) return [alias, `${alias} (${end || project})`, `${alias} (${project})`];
  if (!path) return [project];
  return [end || path, ...parts.slice(0, -2).map((_, index) => parts.slice(-3 - index).join("/")), path, `${path} (${project})`];
}

/** One name each: those that are equal are made longer until they differ. @param {Map<string, string[]>} choices */
function distinct(choices) {
  const taken = new Map([...choices].map(([id, names]) => [id, { names: names.map(plain), at: 0 }]));
  for (;;) {
    /** @type {Map<string, { names: string[], at: number }[]>} */
    const same = new Map();
    for (const one of taken.values()) {
      const name = one.names[one.at] ?? "";
      same.set(name, [...(same.get(name) ?? []), one]);
    }
    const longer = [...same.values()].filter((all) => all.length > 1).flat().filter((one) => one.at < one.names.length - 1);
    if (longer.length === 0) return new Map([...taken].map(([id, { names, at }]) => [id, names[at] ?? id]));
    for (const one of longer) one.at += 1;
  }
}
