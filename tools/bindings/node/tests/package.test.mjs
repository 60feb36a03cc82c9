// What is published, and how much of it there is.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const sources = readdirSync(join(HERE, "src")).map((name) => name.replace(/\.ts$/, ""));

test("the package has the built modules with their types, README, licences, and nothing else", () => {
  /** @param {string[]} command */
  const npm = (...command) => execFileSync("npm", [...command, "--silent"], { cwd: HERE, encoding: "utf8" });
  // Building again would take the modules away from tests that run beside this one.
  npm("run", "licences");
  const [packed] = JSON.parse(npm("pack", "--dry-run", "--json", "--ignore-scripts"));
  const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path).sort();
  const built = sources.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);
  assert.deepEqual(files, [...built, "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"].sort());
});

test("it depends on nothing, and needs no native code", () => {
  assert.deepEqual([manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies], [undefined, undefined, undefined]);
  assert.equal(manifest.scripts.install ?? manifest.scripts.postinstall ?? manifest.scripts.preinstall, undefined);
  const imported = sources.flatMap((name) => [...readFileSync(join(HERE, `src/${name}.ts`), "utf8").matchAll(/from "([^"]+)"/g)].map(([, from]) => from));
  assert.deepEqual([...new Set(imported.filter((from) => !from?.startsWith("./")))].sort(), ["node:buffer", "node:fs", "node:path", "node:timers/promises", "node:zlib"]);
});
