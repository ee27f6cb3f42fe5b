/** Runs the compiled tests beside it, as `run.ts` says. */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** What takes longest begins first, so that none of it is left when all else has ended; the rest is by name. */
const FIRST = [
  ...["durability/kill", "machines/node24", "cli/demo", "examples/scaleOut", "cli/seed", "oracle/oracle"],
  ...["storage/followers", "storage/postgresSilent", "simulation/replayJobs", "storage/decisionIndex", "http/shutdown"],
  ...["storage/postgresFaults", "laws/compareAccess", "laws/patientAccess", "laws/members", "docs/examples"],
];

const words = process.argv.slice(2);
const names = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => name.slice(0, -".test.js".length))
  .filter((name) => words.length === 0 || words.some((word) => `test/${name}.test.ts`.includes(word)))
  .sort();
const files = [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))].map(
  (name) => join(import.meta.dirname, `${name}.test.js`),
);

let passed = 0;
let failed = 0;
let skipped = 0;
/** Tests of each file that have begun, less those that have ended. */
const open = new Map<string, number>();
function count({ file, name }: { readonly file?: string | undefined; readonly name: string }, change: number): void {
  // A file is a test as well, of whose end it is not told where it has others.
  if (file !== undefined && !files.includes(name)) open.set(file, (open.get(file) ?? 0) + change);
}
// One more than there are cores: some wait for what a timer brings.
const stream = run({ files, concurrency: Math.max(2, availableParallelism()) + 1 });
stream.on("test:enqueue", (test) => count(test, 1));
stream.on("test:pass", (test) => {
  const { details, name, skip } = test;
  count(test, -1);
  if (details.type === "suite" || files.includes(name)) return;
  if (skip === undefined) passed++;
  else skipped++;
});
stream.on("test:fail", (test) => {
  const { details } = test;
  count(test, -1);
  // A suite fails with its tests; a file that can't be loaded fails as a test.
  if (details.type !== "suite") failed++;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on("end", () => {
  // A process may end, and say that all is well, while a test of it waits: what PostgreSQL's package does at the end makes it so.
  for (const [file, left] of open) {
    if (left <= 0) continue;
    failed++;
    console.log(`✖ ${file} ended before ${left} of its tests did`);
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
});
process.on("exit", () => {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
});
