// The examples of the guides run, beside a snapshot of their own.
// @ts-check
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { ROOT, written } from "./golden.mjs";

const PACKAGE = new URL("../dist/index.js", import.meta.url);

for (const guide of ["docs/embedding.md", "README.md", "tools/bindings/node/README.md"]) {
  test(`the example of ${guide} runs`, () => {
    const [, example] = /```ts\n(import [^]*?)```/.exec(readFileSync(join(ROOT, guide), "utf8")) ?? assert.fail("no example");
    const snapshot = written();
    const program = join(snapshot, "../example.mjs");
    writeFileSync(program, String(example).replace('"cco-reader"', JSON.stringify(PACKAGE.href)));
    const env = { PATH: process.env.PATH, HOME: fileURLToPath(new URL("..", PACKAGE)), CCO_SNAPSHOT: snapshot };
    assert.match(execFileSync(process.execPath, [program], { env, encoding: "utf8" }), /^\$\d+\.\d\d on its last day, publisher: \w+\n$/);
  });
}
