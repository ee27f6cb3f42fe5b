/**
 * The service in a fresh process, from its compiled code, as `node dist/main.js` starts it, with a view inside: it
 * tells when it is ready, and, once asked, what rule changes do while decisions go on.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type * as AppModule from "../../../src/app.ts";
import type * as ConfigModule from "../../../src/config.ts";
import type { AuthorizeInput } from "../../../src/domain/decisions/accessInput.ts";
import type * as LogModule from "../../../src/process/log.ts";
import { memoryOf } from "../lib/processes.ts";
import { requestsFor, ruleAt, sizeOf } from "../policies.ts";

export interface Ready {
  /** Since the process began. */
  readonly readyMs: number;
  readonly policyRules: number;
  readonly rssMb: number;
  readonly peakMb: number;
  /** After a collection of all garbage. */
  readonly rssAfterGcMb: number | null;
  readonly heapAfterGcMb: number | null;
}
export interface Change {
  /** From the call until a decision shows it. */
  readonly visibleMs: number;
  readonly longestStallMs: number;
}
export interface Changes {
  readonly changes: readonly Change[];
  /** The longest turn of the event loop over as long a time without a change, decisions going on. */
  readonly quietStallMs: number;
  readonly delayP99Ms: number;
  readonly decisions: number;
}

const dist = new URL("../../../dist/", import.meta.url);
const load = async <T>(file: string): Promise<T> => (await import(new URL(file, dist).href)) as T;
const { startApp } = await load<typeof AppModule>("app.js");
const { loadConfig } = await load<typeof ConfigModule>("config.js");
const { createLog } = await load<typeof LogModule>("process/log.js");

const app = await startApp(loadConfig(), { log: createLog({ level: "warn" }) });
const response = await fetch(`${app.url}/readyz`);
if (!response.ok) throw new Error(`not ready: ${response.status}`);
const readyMs = performance.now();
const atReady = memoryOf(process.pid);
globalThis.gc?.();
const ready: Ready = {
  readyMs,
  policyRules: app.domain.policy.current().rules.size,
  rssMb: atReady?.rss ?? 0,
  peakMb: atReady?.peak ?? 0,
  rssAfterGcMb: globalThis.gc === undefined ? null : Math.round(process.memoryUsage.rss() / 2 ** 20),
  heapAfterGcMb: globalThis.gc === undefined ? null : Math.round(process.memoryUsage().heapUsed / 2 ** 20),
};

const caller = { id: "key:bench", roles: new Set(["service"] as const), defaultClientId: null };
const size = sizeOf(Number(process.argv[2]));
const requests = requestsFor(size, 2_000);
let decisions = 0;

/** Decides without a pause, a few at a time, each durable, and keeps the longest turn of the event loop. */
function busy() {
  let going = true;
  let longest = 0;
  let last = performance.now();
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(tick);
  };
  setImmediate(tick);
  const worker = async (offset: number): Promise<void> => {
    for (let i = offset; going; i++) {
      const request = requests[i % requests.length];
      if (request === undefined) return;
      await app.domain.authorizer.authorize(caller, [request as AuthorizeInput], () => "input");
      decisions++;
    }
  };
  const workers = Array.from({ length: 8 }, (_, i) => worker(i * 100));
  return {
    /** The longest turn since the last time. */
    take(): number {
      const was = longest;
      longest = 0;
      return was;
    },
    async end(): Promise<void> {
      going = false;
      await Promise.all(workers);
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Denies what a request is allowed now, by one more rule, or takes the rule away; until a decision says so. */
async function change(input: AuthorizeInput, deny: boolean): Promise<number> {
  const rule = {
    ...ruleAt(0, size),
    id: "bench-change",
    role: "*",
    scope: input.scopes?.[0] ?? "*",
    action: "*",
    resourceType: "*",
    when: null,
    effect: "DENY" as const,
  };
  const started = performance.now();
  const applied = app.domain.policy.apply({
    operations: [deny ? { putRule: rule } : { deleteRule: { id: rule.id } }],
    reason: "The benchmark changes one rule.",
    author: "bench",
  });
  let seen = Number.NaN;
  for (let done = false; Number.isNaN(seen); ) {
    const [record] = await app.domain.authorizer.authorize(caller, [input], () => "input");
    decisions++;
    if (record?.outcome === (deny ? "DENY" : "ALLOW")) seen = performance.now();
    else if (done) throw new Error("a change that was applied can't be seen");
    else done = await Promise.race([applied.then(() => true), Promise.resolve(false)]);
  }
  await applied;
  return seen - started;
}

async function measureChanges(count: number): Promise<Changes> {
  const load = busy();
  await pause(2_000);
  const allowed = [];
  for (const request of requests.slice(0, 200)) {
    const [record] = await app.domain.authorizer.authorize(caller, [request as AuthorizeInput], () => "input");
    decisions++;
    if (record?.outcome === "ALLOW") allowed.push(request as AuthorizeInput);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  load.take();
  const changes: Change[] = [];
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const input = allowed[Math.floor(i / 2) % allowed.length];
    if (input === undefined) throw new Error("no request is allowed");
    load.take();
    const visibleMs = await change(input, i % 2 === 0);
    // What a change leaves to do, such as garbage, counts.
    await pause(100);
    changes.push({ visibleMs, longestStallMs: load.take() });
  }
  delay.disable();
  load.take();
  await pause(performance.now() - began);
  const quietStallMs = load.take();
  await load.end();
  return { changes, quietStallMs, delayP99Ms: delay.percentile(99) / 1e6, decisions };
}

// None: it is over.
process.on("message", async (message: { readonly changes: number }) => {
  if (message.changes === 0) {
    await app.close();
    process.send?.({ decisions });
    process.disconnect();
    return;
  }
  process.send?.(await measureChanges(message.changes));
});
process.send?.(ready);
