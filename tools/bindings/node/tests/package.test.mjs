// What is published, and how much of it there is.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import ts from "typescript";

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

/** The lines with code on them: those that are neither blank nor only a comment. @param {string} text */
function linesOfCode(text) {
  const source = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest);
  const lines = new Set();
  const visit = (/** @type {ts.Node} */ node) => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const inner = node.getChildren(source);
    inner.forEach(visit);
    if (inner.length > 0 || node.kind === ts.SyntaxKind.EndOfFileToken || node.kind === ts.SyntaxKind.SyntaxList) return;
    const lineOf = (/** @type {number} */ at) => source.getLineAndCharacterOfPosition(at).line;
    for (let line = lineOf(node.getStart(source)); line <= lineOf(node.getEnd()); line++) lines.add(line);
  };
  visit(source);
  return text.split("\n").filter((_, line) => lines.has(line));
}

test("lines of code are counted as they are", () => {
  const text = "// one\n\n/**\n * two\n */\nconst a = [\n  1, // three\n];\n/* four */ const b = `\n\n`;\n  /** five */\n";
  assert.deepEqual(linesOfCode(text), ["const a = [", "  1, // three", "];", "/* four */ const b = `", "", "`;"]);
});

test("the package stays below 600 lines of code, none of which is too long to read", () => {
  const code = sources.flatMap((name) => linesOfCode(readFileSync(join(HERE, `src/${name}.ts`), "utf8")));
  assert.ok(code.length > 300 && code.length < 600, `${code.length} lines of code`);
  assert.deepEqual(code.filter((line) => line.length > 115), []);
});
