// The lines of the summary that a click on the item opens.
//
// Invariant: pure, and the same facts as in the item. A picker shows text as it is but for icons, so names are plain labels.

import { type Fact, factsOf, nameOf, usedOf } from "./facts.js";
import { inLabel, plain } from "./names.js";
import type { Reading } from "./reading.js";
import { marked, staleness, whyMissing } from "./view.js";

export interface Line {
  /** A heading above the lines after it. */
  isHeading?: true;
  label: string;
  description: string;
  /** What choosing the line does. */
  command?: string;
}

export function summary(reading: Reading, now: bigint, folder: string | undefined): Line[] {
  const lines = reading.kind === "usage" ? usageLines(reading, now, folder) : [trouble(reading)];
  const isLive = reading.kind === "usage" && reading.freshness.publisher === "live";
  const start = { label: "$(play) Start the publisher", description: "keeps figures current", command: "cco.startPublisher" };
  return [
    ...lines,
    heading("Do"),
    ...(isLive ? [] : [start]),
    { label: "$(pulse) Open the monitor", description: "cco monitor, in a terminal", command: "cco.monitor" },
    { label: "$(calendar) Show each day", description: "cco daily, in a terminal", command: "cco.daily" },
  ];
}

function trouble(reading: Exclude<Reading, { kind: "usage" }>): Line {
  return reading.kind === "missing"
    ? { label: "$(circle-slash) No snapshot", description: inLabel(whyMissing(reading)) }
    : { label: "$(error) The snapshot cannot be read", description: inLabel(reading.message) };
}

function usageLines(reading: Extract<Reading, { kind: "usage" }>, now: bigint, folder: string | undefined): Line[] {
  const facts = factsOf(reading, folder, now);
  const line = (fact: Fact | null, after = ""): Line[] => (fact ? [{ label: inLabel(nameOf(fact)) + after, description: `${marked(fact.cost, facts)}, ${fact.more}` }] : []);
  const part = (title: string, lines: Line[]) => (lines.length ? [heading(title), ...lines] : []);
  const stale = staleness(facts);
  const limits = facts.limits.map((limit) => ({ label: inLabel(`${limit.name} ${plain(limit.scope)}`.trim()), description: [usedOf(limit), limit.left].filter(Boolean).join(", ") }));
  return [
    ...(stale ? [{ label: "$(warning) Stale", description: stale }] : []),
    ...part("Usage", [...line(facts.today), ...line(facts.block), ...line(facts.week), ...line(facts.month)]),
    ...part("Project", [...line(facts.project?.today ?? null, " today"), ...line(facts.project?.all ?? null, " in all")]),
    ...part("Limits", limits),
    ...part("Models, all time", facts.models.flatMap((model) => line(model))),
  ];
}

function heading(label: string): Line {
  return { isHeading: true, label, description: "" };
}
