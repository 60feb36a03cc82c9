// Bundles the extension into one file, and what tests need of it without `vscode` into another.
import { rmSync } from "node:fs";
import { build } from "esbuild";

const shared = { bundle: true, platform: "node", target: "node18", logLevel: "warning", external: ["vscode"] };
for (const folder of ["dist", "build"]) rmSync(folder, { recursive: true, force: true });
await build({ ...shared, entryPoints: ["src/extension.ts"], outfile: "dist/extension.cjs", format: "cjs", minifySyntax: true, legalComments: "none" });
await build({ ...shared, entryPoints: ["tests/parts.ts"], outfile: "build/parts.mjs", format: "esm" });
