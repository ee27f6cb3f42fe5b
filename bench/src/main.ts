/**
 * `npm run bench` runs all, `npm run bench -- engine http` some; `--record` also writes RESULTS.md and the plot of the
 * README. Each benchmark is a process of its own, prints a table and, last, one line of JSON.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { say } from "./lib/table.ts";
import { type Recorded, record } from "./record.ts";

const BENCHES = {
  engine: "engine/bench.ts",
  http: "http/bench.ts",
  journal: "journal/bench.ts",
  start: "start/bench.ts",
  instances: "instances/bench.ts",
  replay: "replay/bench.ts",
  access: "access/bench.ts",
  consents: "consents/bench.ts",
  monitoring: "monitoring/bench.ts",
  watching: "watching/bench.ts",
  following: "following/bench.ts",
  size: "size/bench.ts",
  capacity: "capacity/bench.ts",
};
/** `http --busy`, `consents 100000 sqlite`, `monitoring --seeds 5`, `capacity sqlite`: what follows the name of one of these is for it. */
const TAKE_WORDS: readonly string[] = ["http", "consents", "monitoring", "following", "size", "capacity"];
/** Not benchmarks: where the time of a request goes, what floods of dear requests do, how far a load that lasts leaves what follows behind. */
const TOOLS = { profile: "http/profile.ts", attack: "attack/bench.ts", behind: "following/behind.ts" };
const files: Readonly<Record<string, string>> = { ...BENCHES, ...TOOLS };

/** Shows what a benchmark prints as it comes, and keeps it. Its children end with it. */
function run(
  file: string,
  args: readonly string[],
): Promise<{ readonly output: string; readonly code: number | null }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ output, code }));
  });
}

const args = process.argv.slice(2);
const recording = args.includes("--record");
const words = args.filter((word) => word !== "--record");
const tool = words[0] !== undefined && Object.hasOwn(TOOLS, words[0]) ? words[0] : null;
const own =
  words[0] !== undefined && TAKE_WORDS.includes(words[0]) && words.slice(1).every((word) => files[word] === undefined)
    ? words.slice(1)
    : [];
const names =
  tool !== null ? [tool] : words.length === 0 ? Object.keys(BENCHES) : own.length > 0 ? words.slice(0, 1) : words;
const unknown = names.filter((name) => files[name] === undefined);
if (unknown.length > 0) {
  say(`There is no benchmark ${unknown.join(", ")}. There are: ${Object.keys(files).join(", ")}.`);
  process.exit(2);
}

const recorded: Recorded[] = [];
for (const name of names) {
  say(`\n== ${name}`);
  const started = performance.now();
  const { output, code } = await run(files[name] ?? "", tool === null ? own : words.slice(1));
  const seconds = Math.round((performance.now() - started) / 1000);
  say(`${name}: ${code === 0 ? "done" : `failed with ${code}`} after ${seconds} s`);
  if (code !== 0) process.exitCode = 1;
  else recorded.push({ name, output, seconds });
}
if (recording && process.exitCode === undefined) await record(recorded, Object.keys(BENCHES));
