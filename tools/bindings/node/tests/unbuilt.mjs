// Removes from dist what has no source any more. A build never takes away what a reader beside it may be loading.
// @ts-check
import { existsSync, readdirSync, rmSync } from "node:fs";

const file = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);
for (const built of readdirSync(file("dist"))) {
  if (!existsSync(file(`src/${built.replace(/(\.d)?\.[jt]s$/, ".ts")}`))) rmSync(file(`dist/${built}`));
}
