// What this package offers: cco's published usage, read from its snapshot. Start at `open`.

export { Code, SnapshotError } from "./errors.js";
export { freshnessOf, type Surroundings } from "./freshness.js";
export type { Control, Counters, Health, Identity, Limit, Period, Tables, Totals } from "./layout.js";
export { dollars } from "./money.js";
export { defaultPath, pathFrom } from "./place.js";
export { type Change, type Frame, type Freshness, open, Reader, type Span } from "./reader.js";
export { isOver, totalTokens } from "./totals.js";
