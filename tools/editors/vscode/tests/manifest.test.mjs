// The manifest and the code say the same.
// @ts-check
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${HERE}package.json`, "utf8"));
const code = readdirSync(`${HERE}src`).map((name) => readFileSync(`${HERE}src/${name}`, "utf8")).join("\n");
const properties = manifest.contributes.configuration.properties;

test("each command is declared and registered", () => {
  const declared = manifest.contributes.commands.map((/** @type {{ command: string }} */ { command }) => command);
  const registered = [...code.matchAll(/"(cco\.\w+)": \(\) =>/g)].map(([, name]) => name);
  assert.deepEqual(registered.sort(), declared.sort());
});

test("each setting is declared with a default, a text and a schema, and used with the same default", () => {
  const used = new Map([...code.matchAll(/get(?:<[^(]*>)?\("([\w.]+)", ([^)]*)\)/g)].map(([, name, otherwise]) => [`cco.${name}`, otherwise]));
  assert.deepEqual([...used.keys()].sort(), Object.keys(properties).sort());
  for (const [name, property] of Object.entries(properties)) {
    assert.ok((property.description ?? property.markdownDescription)?.endsWith("."), name);
    if (name !== "cco.program") assert.equal(used.get(name)?.replaceAll('"', ""), String(property.default).replace(/^(today)$/, "[$1]"), name);
  }
});

test("a workspace cannot choose a program or a file, and the extension runs where the transcripts are", () => {
  for (const name of ["cco.program", "cco.snapshot", "cco.startPublisher"]) assert.equal(properties[name].scope, "machine", name);
  assert.deepEqual([manifest.extensionKind, manifest.activationEvents], [["workspace"], ["onStartupFinished"]]);
});

test("only two files know the editor", () => {
  const knowing = readdirSync(`${HERE}src`).filter((name) => /from "vscode"/.test(readFileSync(`${HERE}src/${name}`, "utf8")));
  assert.deepEqual(knowing, ["extension.ts", "item.ts"]);
});
