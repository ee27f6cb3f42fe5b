/**
 * Where the time of a request goes: the service under load, with the CPU profiler of Node on. Prints self time by part
 * and by function; `npm run bench -- profile batch50` for batches, `authzen` for AuthZEN, nothing for GraphQL.
 */
import { readdirSync, readFileSync } from "node:fs";
import { buildService } from "../lib/build.ts";
import { startWorker } from "../lib/processes.ts";
import { withScratch } from "../lib/scratch.ts";
import { round } from "../lib/stats.ts";
import { printResult, printTable } from "../lib/table.ts";
import type { Load, LoadResult } from "./load.ts";
import * as questions from "./questions.ts";
import { startService } from "./service.ts";

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const kinds = {
  graphql: { path: "/graphql", bodies: questions.graphqlBodies(), connections: 32, requests: 20_000 },
  batch50: { path: "/graphql", bodies: questions.graphqlBatchBodies(), connections: 8, requests: 1_000 },
  authzen: { path: "/access/v1/evaluation", bodies: questions.authzenBodies(), connections: 32, requests: 40_000 },
};
const kind = (process.argv[2] ?? "graphql") as keyof typeof kinds;

/** The part of the program: a folder of ours, a package, or what Node does. */
function partOf({ url, functionName }: CallFrame): string {
  if (functionName === "(idle)" || functionName === "(garbage collector)") return functionName;
  const dependency = [...url.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].at(-1)?.[1];
  if (dependency !== undefined) return dependency;
  const own = /\/dist\/(.+)\/[^/]+\.js$/.exec(url)?.[1];
  if (own !== undefined) return `scopewarden ${own}`;
  return url.startsWith("node:") ? `node ${url.slice("node:".length).split("/").slice(0, 2).join("/")}` : "node native";
}

function selfTimes(profile: Profile, nameOf: (frame: CallFrame) => string): [string, number][] {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, number>();
  for (const [i, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined) continue;
    const name = nameOf(frame);
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

/** Time in a function and what it calls, each sample counted once for each function above it. */
function totalTimes(profile: Profile, nameOf: (frame: CallFrame) => string): [string, number][] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const self = new Map<number, number>();
  for (const [i, id] of profile.samples.entries()) self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[i] ?? 0));
  const times = new Map<string, number>();
  const visit = (id: number, above: ReadonlySet<string>): number => {
    const node = nodes.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node.callFrame);
    const inside = new Set(above).add(name);
    const total = (node.children ?? []).reduce((sum, child) => sum + visit(child, inside), self.get(id) ?? 0);
    if (!above.has(name)) times.set(name, (times.get(name) ?? 0) + total);
    return total;
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root.id, new Set());
  return [...times].sort(([, a], [, b]) => b - a);
}

buildService();
await withScratch(async (dir) => {
  const service = await startService({
    name: "Scopewarden",
    dir,
    nodeArguments: ["--cpu-prof", `--cpu-prof-dir=${dir}/profile`, "--cpu-prof-interval=500"],
  });
  const generator = await startWorker<Load, LoadResult>(new URL("load.ts", import.meta.url), []);
  const headers = { authorization: `Bearer ${service.key}` };
  const { requests, ...load } = kinds[kind];
  const result = await generator.ask({ ...load, headers, ports: [service.port], requests, expect: "{" });
  await generator.close();
  await service.close();
  if (result.others > 0) throw new Error(String(result.sample));
  const [file = ""] = readdirSync(`${dir}/profile`);
  const profile = JSON.parse(readFileSync(`${dir}/profile/${file}`, "utf8")) as Profile;
  const perRequest = ([name, us]: [string, number]): [string, number] => [name, round(us / requests)];
  const functionOf = ({ functionName, url, lineNumber }: CallFrame): string =>
    `${functionName || "(anonymous)"} ${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
  const parts = selfTimes(profile, partOf).map(perRequest);
  printTable(`${kind}: self time by part, microseconds a request`, ["part", "us"], parts.slice(0, 25));
  printTable("by function", ["function", "us"], selfTimes(profile, functionOf).map(perRequest).slice(0, 30));
  const own = totalTimes(profile, functionOf).filter(([name]) => !name.includes(" :") && !name.includes("(root)"));
  printTable("with what they call", ["function", "us"], own.map(perRequest).slice(0, 45));
  printResult({
    bench: "profile",
    kind,
    requests_per_s: Math.round(requests / result.seconds),
    self_us: Object.fromEntries(parts.slice(0, 12)),
  });
});
