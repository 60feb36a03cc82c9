// What tests use of the extension: all of it that does not know the editor.
export * from "../src/facts.js";
export * from "../src/figures.js";
export * from "../src/names.js";
export * from "../src/reading.js";
export * from "../src/summary.js";
export * from "../src/view.js";
