// What the status bar item shows of a reading.
//
// Invariant: a pure function of (reading, now, options): no clock, no editor, no file. Stale and missing figures say so in
// the text, the tooltip, the label for screen readers and the background. Names of strangers never become markup.

import { type Fact, type Facts, factsOf, usedOf } from "./facts.js";
import { inMarkdown, messageInMarkdown } from "./names.js";
import type { Reading } from "./reading.js";

export type Part = "today" | "project" | "block" | "limits" | "week" | "month";

export interface Options {
  shows: readonly Part[];
  /** The open folder, if it is one of this machine. */
  folder: string | undefined;
  /** From which percentage of a limit, and from how many dollars today; 0 never. */
  limits: { warning: number; error: number };
  today: { warning: number; error: number };
}

export interface View {
  text: string;
  /** Markdown. */
  tooltip: string;
  /** The commands that the tooltip links to. */
  commands: readonly string[];
  /** For screen readers. */
  label: string;
  background: "none" | "warning" | "error";
}

const START = "cco.startPublisher";
const SUMMARY = "cco.summary";

export function view(reading: Reading, now: bigint, options: Options): View {
  if (reading.kind === "missing") {
    // Without a home folder, a publisher does not start either.
    const start = reading.path === undefined ? [] : [START];
    const links = start.map((command) => `[Start the publisher](command:${command})`);
    const tooltip = ["**Claude Code usage**", messageInMarkdown(whyMissing(reading)), ...links].join("\n\n");
    return { text: "$(circle-slash) cco: no snapshot", tooltip, commands: start, label: "Claude Code usage: no snapshot", background: "none" };
  }
  if (reading.kind === "unreadable") {
    const tooltip = `**Claude Code usage**\n\n${messageInMarkdown(reading.message)}`;
    return { text: "$(error) cco: snapshot unreadable", tooltip, commands: [], label: "Claude Code usage: the snapshot cannot be read", background: "error" };
  }
  const facts = factsOf(reading, options.folder, now);
  const commands = facts.stale ? [START, SUMMARY] : [SUMMARY];
  return { text: textOf(facts, options), tooltip: tooltipOf(facts), commands, label: labelOf(facts), background: backgroundOf(facts, options) };
}

/** Why there is no snapshot, and what to do. */
export function whyMissing({ path }: Extract<Reading, { kind: "missing" }>): string {
  if (path === undefined) return "There is no home folder to find a snapshot in: name one in the setting cco.snapshot.";
  return `There is no snapshot at ${path}: no publisher has run yet.`;
}

/** `$1.66?`: nobody keeps it current; `$1.66+`: it is this or more. */
export function marked(cost: string, { stale, isCatchingUp }: Facts): string {
  const mark = stale ? "?" : isCatchingUp ? "+" : "";
  return cost.endsWith(mark) ? cost : cost + mark;
}

function textOf(facts: Facts, { shows }: Options): string {
  const of = (what: Fact | null, after: string) => (what ? [`${marked(what.cost, facts)} ${after}`] : []);
  const parts = shows.flatMap((part) => {
    switch (part) {
      case "today":
        // Its place is kept: a day without a figure is not a day without a cost.
        return facts.today ? of(facts.today, "today") : ["– today"];
      case "project":
        return of(facts.project?.today ?? null, "project");
      case "block":
        return facts.block ? of(facts.block, `block, ${facts.block.left} left`) : [];
      case "limits":
        return facts.limits.filter(({ scope }) => scope === "").map((limit) => `${usedOf(limit)} of ${limit.name.startsWith("5") ? "5h" : limit.name.startsWith("7") ? "7d" : "limit"}`);
      case "week":
        return of(facts.week, "week");
      case "month":
        return of(facts.month, "month");
    }
  });
  const stale = facts.stale ? [`stale ${facts.stale.age}`] : [];
  return `${facts.stale ? "$(warning)" : "$(graph)"} ${[...(parts.length ? parts : ["cco"]), ...stale].join(" · ")}`;
}

function tooltipOf(facts: Facts): string {
  const row = (fact: Fact | null, after = "") => (fact ? [cells(fact.isName ? inMarkdown(fact.name) : fact.name, after, marked(fact.cost, facts), fact.more)] : []);
  const limits = facts.limits.map((limit) => cells(limit.name, limit.scope && ` ${inMarkdown(limit.scope)}`, usedOf(limit), limit.left));
  // One table, so that the columns of all parts are the same.
  const rows = [
    ...[facts.today, facts.block, facts.week, facts.month].flatMap((fact) => row(fact)),
    ...part("Project", [...row(facts.project?.today ?? null, " today"), ...row(facts.project?.all ?? null, " in all")]),
    ...part("Limits", limits),
    ...part("Models, all time", facts.models.flatMap((model) => row(model))),
  ];
  const parts = [
    "**Claude Code usage**",
    staleness(facts),
    ["| | | |", "|:--|--:|:--|", ...rows].join("\n"),
    facts.isCatchingUp ? "Transcripts are still being read: figures are lower bounds." : "",
    `[Summary](command:${SUMMARY})${facts.stale ? ` · [Start the publisher](command:${START})` : ""}`,
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** A row of which only the name may be broken into lines. */
function cells(name: string, after: string, ...figures: string[]): string {
  const whole = figures.map((figure) => `&nbsp;&nbsp;${messageInMarkdown(figure).replace(/ /g, "&nbsp;")}`);
  return `| ${name}${after} | ${whole.join(" | ")} |`;
}

function part(title: string, rows: string[]): string[] {
  return rows.length ? [`| **${title}** | | |`, ...rows] : [];
}

export function staleness({ stale, today }: Facts): string {
  const over = today ? "" : " The day of these figures is over.";
  if (!stale) return over.trim();
  const why = stale.why === "stopped" ? `The publisher stopped ${stale.age} ago` : `The publisher is gone: its last sign of life was ${stale.age} ago`;
  return `${why}; figures are not updated.${over}`;
}

function labelOf(facts: Facts): string {
  const say = (fact: Fact | null) => (fact ? [`${fact.name} ${marked(fact.cost, facts)}`] : []);
  const limits = facts.limits.filter(({ scope }) => scope === "").map((limit) => `${limit.name} ${usedOf(limit)}`);
  const state = facts.stale ? [`stale since ${facts.stale.age}`] : [];
  return `Claude Code usage: ${[...say(facts.today), ...say(facts.block), ...limits, ...state].join(", ")}`;
}

function backgroundOf(facts: Facts, { limits, today }: Options): View["background"] {
  const reaches = (level: "warning" | "error") => {
    const used = limits[level] > 0 && facts.limits.some(({ used }) => used !== null && Number(used) / 10_000 >= limits[level]);
    return used || (today[level] > 0 && facts.cost !== null && Number(facts.cost) / 1e12 >= today[level]);
  };
  if (reaches("error")) return "error";
  return reaches("warning") || facts.stale ? "warning" : "none";
}
