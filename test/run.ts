/**
 * Runs the tests: `npm test` for all, `npm test -- storage decisions` for files whose path contains one of the words.
 * Ends with a line that counts them, and with exit code 1 when one failed or none ran.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const words = process.argv.slice(2);
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`)
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();

let passed = 0;
let failed = 0;
let skipped = 0;
const stream = run({ files, concurrency: Math.max(2, availableParallelism()) });
stream.on("test:pass", ({ details, skip, name }) => {
  if (details.type === "suite" || files.some((file) => name.endsWith(file))) return;
  if (skip === undefined) passed++;
  else skipped++;
});
stream.on("test:fail", ({ details }) => {
  // A suite fails with its tests; a file that can't be loaded fails as a test.
  if (details.type !== "suite") failed++;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on("end", () => {
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
});
process.on("exit", () => {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
});
