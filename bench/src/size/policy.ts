import { randomBytes } from "node:crypto";
import { startApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { say } from "../lib/table.ts";
import { policyRows, requestsFor, sizeOf } from "../policies.ts";
import { writePolicy } from "../start/database.ts";
import { quiet } from "./decisions.ts";
import { startLoad } from "./load.ts";
import { watchLoop } from "./measure.ts";

const RULES = Number(process.env.BENCH_RULES ?? 100_000);
const REVISIONS = Number(process.env.BENCH_REVISIONS ?? 1_000);
const PER_SECOND = 200;

export interface PolicyRow {
  readonly what: string;
  readonly ms: number;
  /** The longest turn of the event loop meanwhile. */
  readonly stallMs: number;
  /** The most that the loop worked in one turn. */
  readonly turnMs: number;
  /** Of decisions that were asked for meanwhile. */
  readonly p99: number;
}

/** Rollbacks over a thousand revisions, and revisions of many changes, with decisions beside them. */
export async function measurePolicy(url: string): Promise<readonly PolicyRow[]> {
  const size = { ...sizeOf(RULES), scopes: 1_000, subjects: 10_000 };
  await writePolicy(url, size);
  const adminKey = randomBytes(32).toString("base64url");
  const app = await startApp(
    loadConfig({ DATABASE_URL: url, PORT: "0", NODE_ENV: "production", SCOPEWARDEN_ADMIN_KEY: adminKey }),
    { log: quiet },
  );
  const { policy } = app.domain;
  const rules = [...policyRows(size)].filter(({ noun }) => noun === "rule").slice(0, 20_000);
  const ids = rules.map(({ row }) => (row as { readonly id: string }).id);
  const change = (id: string, n: number): PolicyOperation =>
    ({ updateRule: { id, description: `change ${n}` } }) as never;
  const apply = (operations: readonly PolicyOperation[]) =>
    policy.apply({ operations, reason: "The benchmark.", author: "bench" });
  const month = requestsFor(size, 1_000).map((request) => ({ request }) as never);
  const loop = watchLoop();
  const rows: PolicyRow[] = [];
  const load = startLoad(app.domain, month, PER_SECOND);
  async function measured(what: string, work: () => Promise<unknown>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
    loop.take();
    load.take();
    const since = performance.now();
    await work();
    const ms = Math.round(performance.now() - since);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const row = { what, ms, ...loop.take(), p99: Math.round(load.take().p99 * 10) / 10 };
    rows.push(row);
    say(
      `${what}: ${row.ms} ms, loop stood ${row.stallMs} ms, worked ${row.turnMs} ms in a turn, decisions p99 ${row.p99} ms`,
    );
  }
  async function ask(query: string): Promise<void> {
    const response = await fetch(`${app.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    if (!response.ok || text.includes('"errors"')) throw new Error(text.slice(0, 500));
  }
  try {
    await measured("nothing, for a second", () => new Promise((resolve) => setTimeout(resolve, 1_000)));
    for (const each of [1, 20]) {
      const { revision } = policy.current();
      for (let n = 0; n < REVISIONS; n++)
        await apply(
          Array.from({ length: each }, (_, i) => change(ids[(n * each + i) % ids.length] as string, n + revision)),
        );
      say(`${REVISIONS} revisions of ${each} changes`);
      await measured(`rollbackPolicy over ${REVISIONS} revisions of ${each}`, () =>
        policy.rollback({ toRevision: revision, reason: "The benchmark.", author: "bench" }),
      );
      await measured("  the same, tried", () =>
        policy.rollback({
          toRevision: revision + Math.floor(REVISIONS / 2),
          reason: "The benchmark.",
          author: "bench",
          dryRun: true,
        }),
      );
    }
    // One that changes the same rules in each of a thousand revisions: much is read, and little differs.
    const { revision } = policy.current();
    for (let n = 0; n < REVISIONS; n++) await apply(ids.slice(0, 20).map((id) => change(id, n + revision)));
    await measured(`rollbackPolicy over ${REVISIONS} revisions of the same 20`, () =>
      policy.rollback({ toRevision: revision, reason: "The benchmark.", author: "bench" }),
    );
    const list = (first: number, changes: string): string =>
      `{ policyRevisions(first: ${first}) { edges { node { revision changeCount ${changes} } } } }`;
    await measured("policyRevisions(first: 100), no changes", () => ask(list(100, "")));
    await measured("policyRevisions(first: 100), a change each", () =>
      ask(list(100, "changes(first: 1) { key summary }")),
    );
    await measured("policyRevisions(first: 100), 20 changes each", () =>
      ask(list(100, "changes(first: 20) { key summary before after }")),
    );
    const large = (n: number, changes: string): string =>
      `r${n}: policyRevision(revision: ${n}) { changeCount changes${changes} }`;
    const whole = "(first: 100) { key summary before after }";
    await measured("a revision of 20,000 changes: one", () => ask(`{ ${large(2, "(first: 1) { key }")} }`));
    await measured("a revision of 20,000 changes: 100", () => ask(`{ ${large(2, whole)} }`));
    await measured("five such revisions at once", () =>
      ask(`{ ${[1, 2, 3, 4, 5].map((n) => large(n, whole)).join(" ")} }`),
    );
    const { revision: head } = policy.current();
    for (let at = 0; at < ids.length; at += 1_000) await apply(ids.slice(at, at + 1_000).map((id) => change(id, 7)));
    await measured(`rollbackPolicy of ${ids.length.toLocaleString("en-US")} changes`, () =>
      policy.rollback({ toRevision: head, reason: "The benchmark.", author: "bench" }),
    );
    return rows;
  } finally {
    loop.end();
    await load.end();
    await app.close();
  }
}
