/**
 * Not a benchmark: floods of requests that are dear for their size, over both doors, against the service with little
 * memory. Says how long its event loop stood still, what it wrote for what it read, and whether it stayed up.
 * `npm run bench -- attack`, or with words of the names of floods; BENCH_SECONDS for each of them.
 */
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
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

/** The longest time that the event loop stood still since this was asked last, by the service's own clock. */
async function longestStallMs(service: Service): Promise<number> {
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
  const found = /^scopewarden_nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text);
  return Number(found?.[1] ?? Number.NaN) * 1000;
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
  decided: number;
  readonly statuses: Map<number, number>;
  example: string;
  stallMs: number;
  probeMs: number;
  residentMb: number;
}

async function flood(service: Service, floods: readonly Flood[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const seen: Seen = {
    requests: 0,
    bytes: 0,
    decided: 0,
    statuses: new Map(),
    example: "",
    stallMs: 0,
    probeMs: 0,
    residentMb: 0,
  };
  await longestStallMs(service);
  const before = await databaseBytes(service.databaseFile);
  const end = performance.now() + SECONDS * 1000;
  let n = 0;
  const attacker = async (): Promise<void> => {
    while (performance.now() < end) {
      const kind = floods[n++ % floods.length] as Flood;
      const attack = kind.request(n);
      const { status, answer } = await send(service, agent, attack);
      seen.requests++;
      seen.bytes += attack.body.length;
      if (status === 200 && !answer.startsWith('{"errors"')) seen.decided += kind.decisions;
      else if (seen.example === "") seen.example = answer.slice(0, 160);
      seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1);
      if (status === 0) return;
    }
  };
  const watch = async (): Promise<void> => {
    while (performance.now() < end) {
      const since = performance.now();
      const stall = await longestStallMs(service);
      seen.probeMs = Math.max(seen.probeMs, performance.now() - since);
      if (stall > seen.stallMs) seen.stallMs = stall;
      const resident = residentMb(service.pid);
      if (resident > seen.residentMb) seen.residentMb = resident;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  // Whoever is not answered long after the flood is not waited for.
  const cut = setTimeout(() => agent.destroy(), (SECONDS + 20) * 1000);
  await Promise.all([watch(), ...Array.from({ length: IN_FLIGHT }, attacker)]);
  clearTimeout(cut);
  agent.destroy();
  const up = (await longestStallMs(service)) >= 0;
  // The index waits for an idle machine: on a busy one its bytes are left out.
  if (up) await Promise.race([service.settle(), new Promise((resolve) => setTimeout(resolve, 3000))]);
  const written = (await databaseBytes(service.databaseFile)) - before;
  const allowed = MOST.writtenPerRead * seen.bytes + MOST.bytesPerDecision * seen.decided;
  return { ...seen, written, share: written / allowed, up };
}

async function main(dir: string): Promise<void> {
  buildService();
  const words = process.argv.slice(2);
  const chosen = FLOODS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const options = { name: "scopewarden", nodeArguments: [`--max-old-space-size=${MEMORY}`] };
  const rows = [];
  const results: object[] = [];
  let held = true;
  const rounds: readonly (readonly [string, readonly Flood[]])[] = [
    ...chosen.map((one) => [one.name, [one]] as const),
    ...(chosen.length > 1 ? [["all of them at once", chosen] as const] : []),
  ];
  let service = await startService({ ...options, dir: `${dir}/0` });
  for (const [i, [name, floods]] of rounds.entries()) {
    say(name);
    const found = await flood(service, floods);
    const statuses = [...found.statuses].map(([status, count]) => `${count} x ${status}`).join(", ");
    if (found.example !== "") say(`  ${found.example}`);
    const row = [
      name,
      statuses,
      round(found.bytes / found.requests),
      round(found.stallMs),
      round(found.probeMs),
      round(found.written / found.bytes),
      round(found.share * 100),
      Math.round(found.residentMb),
      found.up ? "yes" : "NO",
    ];
    rows.push(row);
    say(`  ${row.slice(1).join(" | ")}`);
    const { statuses: counted, ...rest } = found;
    results.push({ name, ...rest, statuses: Object.fromEntries(counted) });
    held &&= found.up && found.stallMs <= MOST.stallMs && found.share <= 1;
    if (!found.up) {
      await service.close().catch(() => undefined);
      service = await startService({ ...options, dir: `${dir}/${i + 1}` });
    }
  }
  await service.close();
  printTable(
    `Floods of ${SECONDS} s, ${IN_FLIGHT} requests at once, --max-old-space-size=${MEMORY}`,
    ["flood", "answers", "bytes", "stall ms", "probe ms", "written/read", "% of bound", "RSS MB", "up"],
    rows,
  );
  say(held ? "every promise was kept" : "A PROMISE WAS BROKEN: see above");
  printResult({ bench: "attack", seconds: SECONDS, inFlight: IN_FLIGHT, held, floods: results });
}

await withScratch(main);
// What was not waited for does not keep this process.
process.exit();
