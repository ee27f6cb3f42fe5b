/**
 * Not a benchmark: floods of requests that are dear for their size, over both doors, against the service with little
 * memory. Says how long its event loop stood still, what it wrote for what it read, and whether it stayed up.
 * `npm run bench -- attack`, or with words of the names of floods; BENCH_SECONDS for each of them.
 */
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { fileURLToPath } from "node:url";
import sqlite3 from "sqlite3";
import { type Service, startService } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { withScratch } from "../lib/scratch.ts";
import { round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { type Attack, FLOODS, type Flood } from "./floods.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
const IN_FLIGHT = Number(process.env.BENCH_IN_FLIGHT ?? 60);
const MEMORY = 512;
/** What is promised (SECURITY.md). */
const MOST = { stallMs: 100, writtenPerRead: 30, bytesPerDecision: 8192 };

interface Outcome {
  readonly status: number;
  readonly answer: string;
}

function send(service: Service, agent: Agent, { path, body }: Attack): Promise<Outcome> {
  return new Promise((resolve) => {
    const sent = httpRequest(
      {
        port: service.port,
        path,
        method: "POST",
        agent,
        headers: { authorization: `Bearer ${service.key}`, "content-type": "application/json" },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          if (answer.length < 300) answer += text;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, answer }));
        response.on("error", () => resolve({ status: 0, answer: "" }));
      },
    );
    sent.on("error", () => resolve({ status: 0, answer: "" }));
    sent.end(body);
  });
}

/** How many decisions the service has made; NaN: it does not answer. */
async function decisionsMade(service: Service): Promise<number> {
  const text = await new Promise<string>((resolve) => {
    const headers = { authorization: `Bearer ${service.key}` };
    const sent = httpRequest(
      { port: service.port, path: "/metrics", headers, agent: false, timeout: 20_000 },
      (response) => {
        let all = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          all += part;
        });
        response.on("close", () => resolve(all));
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(""));
    sent.end();
  });
  if (text === "") return Number.NaN;
  return [...text.matchAll(/^scopewarden_decisions_total\{.*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** How long the event loop stood still at most in the last quarter of a second, and how much of it was its own work. */
function lastStall(file: string): readonly [stallMs: number, ownMs: number] {
  try {
    const [stall = 0, own = 0] = readFileSync(file, "utf8").split(" ").map(Number);
    return [stall, own];
  } catch {
    return [0, 0];
  }
}

/** What the database holds, its indexes and what stands in the write-ahead log included. */
function databaseBytes(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
    const sql = "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()";
    database.get<{ n: number }>(sql, (error, row) => {
      database.close();
      if (error === null) resolve(row.n);
      else reject(error);
    });
  });
}

function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return Number.NaN;
  }
}

interface Seen {
  requests: number;
  bytes: number;
  readonly statuses: Map<number, number>;
  example: string;
  stallMs: number;
  ownMs: number;
  probeMs: number;
  residentMb: number;
}

async function flood(service: Service, floods: readonly Flood[], stallFile: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const seen: Seen = {
    requests: 0,
    bytes: 0,
    statuses: new Map(),
    example: "",
    stallMs: 0,
    ownMs: 0,
    probeMs: 0,
    residentMb: 0,
  };
  const [decidedBefore, before] = [await decisionsMade(service), await databaseBytes(service.databaseFile)];
  const end = performance.now() + SECONDS * 1000;
  let n = 0;
  let attacking = true;
  const attacker = async (): Promise<void> => {
    while (performance.now() < end) {
      const attack = (floods[n++ % floods.length] as Flood).request(n);
      const { status, answer } = await send(service, agent, attack);
      seen.requests++;
      seen.bytes += attack.body.length;
      if ((status !== 200 || answer.startsWith('{"errors"')) && seen.example === "")
        seen.example = answer.slice(0, 160);
      seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1);
      if (status === 0) return;
    }
  };
  const watch = async (): Promise<void> => {
    while (attacking) {
      const since = performance.now();
      await decisionsMade(service);
      seen.probeMs = Math.max(seen.probeMs, performance.now() - since);
      const [stallMs, ownMs] = lastStall(stallFile);
      seen.stallMs = Math.max(seen.stallMs, stallMs);
      seen.ownMs = Math.max(seen.ownMs, ownMs);
      seen.residentMb = Math.max(seen.residentMb, residentMb(service.pid) || 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  // Whoever is not answered long after the flood is not waited for.
  const cut = setTimeout(() => agent.destroy(), (SECONDS + 20) * 1000);
  const watching = watch();
  await Promise.all(Array.from({ length: IN_FLIGHT }, attacker));
  attacking = false;
  clearTimeout(cut);
  agent.destroy();
  await watching;
  const decided = (await decisionsMade(service)) - decidedBefore;
  const up = !Number.isNaN(decided);
  // The index waits for an idle machine: on a busy one its bytes come later.
  if (up) await Promise.race([service.settle(), new Promise((resolve) => setTimeout(resolve, 3000))]);
  const written = (await databaseBytes(service.databaseFile)) - before;
  return { ...seen, decided, written, up };
}

/** What is written, as a share of what is promised. */
const shareOf = (floods: readonly { readonly written: number; readonly bytes: number; readonly decided: number }[]) => {
  const sum = (of: "written" | "bytes" | "decided"): number => floods.reduce((all, each) => all + each[of], 0);
  return sum("written") / (MOST.writtenPerRead * sum("bytes") + MOST.bytesPerDecision * sum("decided"));
};

async function main(dir: string): Promise<void> {
  buildService();
  const words = process.argv.slice(2);
  const chosen = FLOODS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const stallFile = `${dir}/stall`;
  process.env.BENCH_STALL_FILE = stallFile;
  const watcher = fileURLToPath(new URL("watch.mjs", import.meta.url));
  const options = {
    name: "scopewarden",
    nodeArguments: [`--max-old-space-size=${MEMORY}`, "--import", watcher],
  };
  const rows = [];
  const results: object[] = [];
  const all: Awaited<ReturnType<typeof flood>>[] = [];
  let held = true;
  const rounds: readonly (readonly [string, readonly Flood[]])[] = [
    ...chosen.map((one) => [one.name, [one]] as const),
    ...(chosen.length > 1 ? [["all of them at once", chosen] as const] : []),
  ];
  let service = await startService({ ...options, dir: `${dir}/0` });
  for (const [i, [name, floods]] of rounds.entries()) {
    say(name);
    const found = await flood(service, floods, stallFile);
    const statuses = [...found.statuses].map(([status, count]) => `${count} x ${status}`).join(", ");
    if (found.example !== "") say(`  ${found.example}`);
    const row = [
      name,
      statuses,
      round(found.bytes / found.requests),
      round(found.stallMs),
      round(found.ownMs),
      round(found.probeMs),
      round(found.written / found.bytes),
      round(shareOf([found]) * 100),
      Math.round(found.residentMb),
      found.up ? "yes" : "NO",
    ];
    rows.push(row);
    say(`  ${row.slice(1).join(" | ")}`);
    const { statuses: counted, ...rest } = found;
    results.push({ name, ...rest, statuses: Object.fromEntries(counted) });
    all.push(found);
    held &&= found.up && found.ownMs <= MOST.stallMs;
    if (!found.up) {
      await service.close().catch(() => undefined);
      service = await startService({ ...options, dir: `${dir}/${i + 1}` });
    }
  }
  await service.close();
  printTable(
    `Floods of ${SECONDS} s, ${IN_FLIGHT} requests at once, --max-old-space-size=${MEMORY}`,
    ["flood", "answers", "bytes", "stall ms", "of it own", "probe ms", "written/read", "% of bound", "RSS MB", "up"],
    rows,
  );
  const share = shareOf(all);
  say(`written over all floods: ${round(share * 100)} % of what is promised`);
  held &&= share <= 1;
  say(held ? "every promise was kept" : "A PROMISE WAS BROKEN: see above");
  printResult({ bench: "attack", seconds: SECONDS, inFlight: IN_FLIGHT, held, share, floods: results });
}

await withScratch(main);
// What was not waited for does not keep this process.
process.exit();
