// What guides show is typed right, runs, and prints what it should.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { golden, ROOT, temporaryFolder } from "./golden.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const EXAMPLES = ["README.md", "docs/embedding.md", "tools/bindings/node/README.md"].flatMap((guide) => {
  const blocks = readFileSync(join(ROOT, guide), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm);
  return [...blocks].map(([, code = ""], index) => ({ name: `example ${index + 1} of ${guide}`, code }));
});
const IMPORT = 'import { dollars, isOver, open } from "cco-reader";\n';

/** A home whose snapshot is the golden file. */
function home() {
  const folder = temporaryFolder();
  mkdirSync(join(folder, ".local/state/cco"), { recursive: true });
  writeFileSync(join(folder, ".local/state/cco/usage.snapshot"), golden());
  return folder;
}

test("there are examples", () => assert.ok(EXAMPLES.length >= 3));

for (const { name, code: shown } of EXAMPLES) {
  test(name, () => {
    // An example may go on from the one before it. Beside this file, the package is found by its name.
    const code = shown.includes("import ") ? shown : IMPORT + shown.replace("60_000", "100");
    const folder = mkdtempSync(join(HERE, "example-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const source = join(folder, "example.mts");
    writeFileSync(source, code);
    const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: ["node"], lib: ["lib.es2023.d.ts"] };
    const wrong = ts.getPreEmitDiagnostics(ts.createProgram([source], options)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    assert.deepEqual(wrong, []);
    const program = join(folder, "example.mjs");
    writeFileSync(program, ts.transpileModule(code, { compilerOptions: { target: options.target, module: ts.ModuleKind.ESNext } }).outputText);
    const said = execFileSync(process.execPath, [program], { encoding: "utf8", env: { HOME: home(), PATH: process.env.PATH } });
    const lines = said.trim().split("\n");
    if (code.includes("today")) assert.match(lines.shift() ?? "", /^\$18631211514\.45 (today|on its last day), publisher: stopped$/);
    if (code.includes("changes(")) assert.match(lines.shift() ?? "", /^3n (5718490662\.85 )?stopped$/);
    assert.deepEqual(lines, []);
  });
}
