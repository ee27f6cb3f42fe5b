import { readFileSync, writeFileSync } from "node:fs";
import { openapi } from "./openapi.ts";

/** Writes `docs/authzen.openapi.json` anew; with `--check`, says whether it is up to date. */
const path = new URL("../../docs/authzen.openapi.json", import.meta.url);
const text = `${JSON.stringify(openapi(), null, 2)}\n`;
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (readFileSync(path, "utf8") !== text) {
  process.stderr.write(
    "docs/authzen.openapi.json is not what src/authzen/openapi.ts says: npx tsx src/authzen/printOpenapi.ts\n",
  );
  process.exitCode = 1;
}
