// What the extension knows of a snapshot that appears, changes, breaks and goes.
// @ts-check
import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Source } from "#parts";
import { golden, newestSlot, sumSlot, temporaryFolder } from "../../../bindings/node/tests/golden.mjs";

test("a snapshot is followed from before it is there until it is gone", () => {
  const path = join(temporaryFolder(), "usage.snapshot");
  const source = new Source(path);
  assert.deepEqual(source.read(), { kind: "missing", path });
  writeFileSync(path, golden());
  const first = source.read();
  assert.ok(first.kind === "usage" && first.frame.totals.generation === 3n && first.freshness.publisher === "stopped");
  const again = source.read();
  assert.ok(again.kind === "usage" && again.frame === first.frame, "tables are not read again without a commit");
  const bytes = golden();
  const slot = newestSlot(bytes);
  bytes.writeUInt8(1, slot + 1000);
  writeFileSync(path, bytes);
  const broken = source.read();
  assert.ok(broken.kind === "unreadable" && broken.code === 13);
  sumSlot(bytes, slot);
  writeFileSync(path, bytes);
  assert.equal(source.read().kind, "usage", "it recovers by itself");
  rmSync(path);
  source.close();
  assert.equal(source.read().kind, "missing");
});

test("a deleted snapshot is missing within a second, and its successor is read", async () => {
  const path = join(temporaryFolder(), "usage.snapshot");
  writeFileSync(path, golden());
  const source = new Source(path);
  assert.equal(source.read().kind, "usage");
  rmSync(path);
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.equal(source.read().kind, "missing");
  writeFileSync(`${path}.new`, golden());
  renameSync(`${path}.new`, path);
  assert.equal(source.read().kind, "usage");
  source.close();
});

test("without a home folder there is nothing to read, and no error", () => {
  assert.equal(new Source(undefined).read().kind, "missing");
});
