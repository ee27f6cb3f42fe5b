import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { ROOT } from "./lib/processes.ts";
import { say } from "./lib/table.ts";
import { costPlot } from "./plot.ts";

/** One benchmark that ran: all that it printed. */
export interface Recorded {
  readonly name: string;
  readonly output: string;
  readonly seconds: number;
}

const PEERS = [
  "casbin",
  "@cedar-policy/cedar-wasm",
  "@cerbos/cerbos-linux-x64",
  "@apollo/server",
  "fastify",
  "graphql",
];
const RESULTS = `${ROOT}bench/RESULTS.md`;

type Dependencies = Readonly<Record<"dependencies" | "optionalDependencies", Readonly<Record<string, string>>>>;

async function versions(): Promise<string> {
  const read = async (path: string): Promise<Dependencies> => JSON.parse(await readFile(`${ROOT}${path}`, "utf8"));
  const { dependencies } = await read("bench/package.json");
  const { optionalDependencies } = await read("tools/programs/cerbos/package.json");
  const all: Readonly<Record<string, string>> = { ...dependencies, ...optionalDependencies };
  return PEERS.map((name) => `${name} ${all[name]}`).join(", ");
}

/** Of which state of the code; a hash is not enough where there are changes on top. */
function revision(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const changed = git("status", "--porcelain", "--", "src", "bench/src", "model.conf") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? " and changes on top" : ""}`;
  } catch {
    return "not in a repository";
  }
}

function sqliteVersion(): string {
  const require = createRequire(`${ROOT}package.json`);
  return (require("sqlite3/package.json") as { readonly version: string }).version;
}

function section({ name, output, seconds }: Recorded): string {
  const lines = output.trimEnd().split("\n");
  const json = lines.pop() ?? "";
  const title = name[0]?.toUpperCase() + name.slice(1);
  return `## ${title}\n\n\`\`\`text\n${lines.join("\n").trim()}\n\`\`\`\n\n\`\`\`json\n${json}\n\`\`\`\n\nTook ${seconds} s.\n`;
}

/** Writes the results of a run in the order of the benchmarks, and the plot of the engine's. Sections of benchmarks that did not run are kept. */
export async function record(recorded: readonly Recorded[], order: readonly string[]): Promise<void> {
  const old = await readFile(RESULTS, "utf8").catch(() => "");
  const kept = new Map(
    old
      .split(/^(?=## )/m)
      .slice(1)
      .map((text) => [/^## (\w+)/.exec(text)?.[1]?.toLowerCase() ?? "", text.trimEnd()]),
  );
  const facts = [
    `${new Date().toISOString().slice(0, 10)}, code at ${revision()}`,
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `Node.js ${process.version}, sqlite3 ${sqliteVersion()}, ${await versions()}`,
  ];
  for (const one of recorded) kept.set(one.name, `${section(one)}\nMeasured: ${facts.join("; ")}.`);
  const sections = order.flatMap((name) => kept.get(name) ?? []);
  const intro =
    "# Results\n\nWritten by `npm run bench -- --record`. Servers and load generator share the machine. How each figure comes\nabout: [README.md](README.md).\n";
  await writeFile(RESULTS, `${intro}\n${sections.join("\n\n")}\n`);
  say(`wrote ${RESULTS}`);
  const engine = recorded.find(({ name }) => name === "engine");
  if (engine === undefined) return;
  const plot = `${ROOT}docs/cost.svg`;
  await writeFile(plot, costPlot(JSON.parse(engine.output.trimEnd().split("\n").at(-1) ?? "{}")));
  say(`wrote ${plot}`);
}
