import { randomBytes } from "node:crypto";
import { startApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { median, round } from "../lib/stats.ts";
import { say } from "../lib/table.ts";
import { policyRows, requestsFor, sizeOf } from "../policies.ts";
import { writePolicy } from "../start/database.ts";
import { quiet } from "./decisions.ts";
import { startLoad } from "./load.ts";
import { watchLoop } from "./measure.ts";

const RULES = Number(process.env.BENCH_RULES ?? 100_000);
const REVISIONS = Number(process.env.BENCH_REVISIONS ?? 1_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
/** Words, some of which must be in the name of what is measured; none: all of it. */
const ONLY = (process.env.BENCH_WHAT ?? "").split(",");
/** Changes of each of the thousand revisions. */
const EACH = 20;
const SECOND_MS = 1_000;

/** Of each round one figure, and of these the median. */
export interface PolicyRow {
  readonly what: string;
  readonly ms: number;
  /** The longest turn of the event loop meanwhile. */
  readonly stallMs: number;
  /** The most that the loop worked in one turn. */
  readonly turnMs: number;
  /** Of decisions that were asked for meanwhile: the longest wait, and the longest time without an answer. */
  readonly mostMs: number;
  readonly silentMs: number;
  readonly p99: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Short names, so that a request has room for many operations. */
const many = (count: number, operation: (n: number) => object): readonly PolicyOperation[] =>
  Array.from({ length: count }, (_, n) => operation(n) as PolicyOperation);
const RULE = { role: "*", scope: "view_data_1", action: "read", resourceType: "*", when: 'client.id == "a"' };
const ATOM = { context: "ANY", resourceType: "Observation", actions: ["read"] };
const heir = (n: number): object => ({ putRole: { name: `l${n}`, inherits: n === 0 ? [] : [`l${n - 1}`] } });

/** What is measured of a change that one request has room for, beginning with what makes it possible. */
const LARGE: readonly {
  readonly what: string;
  readonly before: readonly PolicyOperation[];
  readonly change: readonly PolicyOperation[];
}[] = [
  {
    what: "1,000 updateRule",
    before: many(1_000, (n) => ({ putRule: { id: `r${n}`, ...RULE, effect: "ALLOW" } })),
    change: many(1_000, (n) => ({ updateRule: { id: `r${n}`, action: "*" } })),
  },
  {
    what: "1,600 deleteRule",
    before: many(1_600, (n) => ({ putRule: { id: `r${n}`, ...RULE, effect: "ALLOW" } })),
    change: many(1_600, (n) => ({ deleteRule: { id: `r${n}` } })),
  },
  { what: "1,000 putRole, each an heir", before: [], change: many(1_000, (n) => heir(n)) },
  {
    what: "1,000 deleteScope",
    before: many(1_000, (n) => ({ putScope: { name: `s${n}`, atoms: [ATOM] } })),
    change: many(1_000, (n) => ({ deleteScope: { name: `s${n}`, version: 1 } })),
  },
];

/** The policy's history, and changes as large as a request may be, with decisions beside them; each over HTTP. */
export async function measurePolicy(url: string, perSecond: number): Promise<readonly PolicyRow[]> {
  const size = { ...sizeOf(RULES), scopes: 1_000, subjects: 10_000 };
  await writePolicy(url, size);
  const adminKey = randomBytes(32).toString("base64url");
  const app = await startApp(
    loadConfig({ DATABASE_URL: url, PORT: "0", NODE_ENV: "production", SCOPEWARDEN_ADMIN_KEY: adminKey }),
    { log: quiet, followsApart: true },
  );
  const { policy } = app.domain;
  // Those that could be put today: a wildcard's lint wants a justification.
  const ids = [...policyRows(size)]
    .flatMap(({ noun, row }) => (noun === "rule" && row.role !== "*" && row.scope !== "*" ? [row.id] : []))
    .slice(0, REVISIONS * EACH);
  const change = (id: string, n: number): PolicyOperation =>
    ({ updateRule: { id, description: `change ${n}` } }) as never;
  const apply = (operations: readonly PolicyOperation[]) =>
    policy.apply({ operations, reason: "The benchmark.", author: "bench" });
  const month = requestsFor(size, 1_000).map((request) => ({ request }) as never);
  const loop = watchLoop();
  const rows: PolicyRow[] = [];
  const load = startLoad(app.domain, month, perSecond);

  async function once(work: () => Promise<unknown>): Promise<Omit<PolicyRow, "what">> {
    await pause(300);
    loop.take();
    load.take();
    const since = performance.now();
    await work();
    const ms = performance.now() - since;
    await pause(100);
    const { failed, late, mostMs, p99, silentMs } = load.take();
    if (failed > 0) throw new Error(`${failed} decisions failed`);
    if (late > 0) say(`${late} decisions were not asked for, as 5,000 waited`);
    return { ms, ...loop.take(), mostMs, silentMs, p99 };
  }
  const wanted = (what: string): boolean => ONLY.some((word) => what.includes(word));
  /** Round by round; `between` is not measured. */
  async function measured(
    what: string,
    work: (n: number) => Promise<unknown>,
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    if (!wanted(what)) return;
    const found: Omit<PolicyRow, "what">[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      await between();
      found.push(await once(() => work(n)));
    }
    const of = (name: keyof Omit<PolicyRow, "what">): number => round(median(found.map((each) => each[name])));
    const row: PolicyRow = {
      what,
      ms: of("ms"),
      stallMs: of("stallMs"),
      turnMs: of("turnMs"),
      mostMs: of("mostMs"),
      silentMs: of("silentMs"),
      p99: of("p99"),
    };
    rows.push(row);
    const turns = found.map(({ stallMs, turnMs }) => `${stallMs}/${turnMs}`).join(" ");
    say(`${JSON.stringify(row)} turns ${turns}`);
  }
  async function ask(query: string, variables: object = {}): Promise<void> {
    const response = await fetch(`${app.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    if (!response.ok || text.includes('"errors"')) throw new Error(text.slice(0, 500));
  }
  const rollback = (toRevision: number, dryRun = false): Promise<void> =>
    ask(`mutation { rollbackPolicy(toRevision: ${toRevision}, reason: "b", dryRun: ${dryRun}) { changeCount } }`);

  try {
    await measured("nothing, for a second", () => pause(SECOND_MS));

    const { revision: first } = policy.current();
    for (let n = 0; n < REVISIONS; n++)
      await apply(ids.slice(n * EACH, (n + 1) * EACH).map((id) => change(id, n + first)));
    const { revision: last } = policy.current();
    say(`${REVISIONS} revisions of ${EACH} changes`);
    const over = `rollback over ${REVISIONS.toLocaleString("en-US")} revisions of ${EACH} changes`;
    await measured(`${over}, dryRun`, () => rollback(first, true));
    // To and fro: each reads as many revisions, and changes as many rows.
    let isBack = false;
    const overAll = async (): Promise<void> => {
      await rollback(isBack ? last : first);
      isBack = !isBack;
    };
    await measured(over, overAll);
    if (policy.current().revision === last) await overAll();
    const rowsEach = (REVISIONS * EACH).toLocaleString("en-US");
    await measured(`rollback of one revision of ${rowsEach} changes`, () => rollback(policy.current().revision - 1));

    const list = (changes: string): string =>
      `{ policyRevisions(first: 100) { edges { node { revision changeCount author ${changes} } } } }`;
    await measured("policyRevisions, a page of 100, large ones first", () => ask(list("")));
    await measured("  with a change each", () => ask(list("changes(first: 1) { key summary }")));
    await measured("  with 20 changes each", () => ask(list("changes(first: 20) { key summary before after }")));
    await measured("  with 100 changes each", () => ask(list("changes { key summary before after }")));
    const large = (n: number, changes: string): string =>
      `r${n}: policyRevision(revision: ${n}) { changeCount changes${changes} }`;
    await measured("five revisions of 20,000 changes, 100 each", () =>
      ask(`{ ${[1, 2, 3, 4, 5].map((n) => large(n, "{ key summary before after }")).join(" ")} }`),
    );

    const { revision: same } = policy.current();
    if (wanted("of the same 20"))
      for (let n = 0; n < REVISIONS; n++) await apply(ids.slice(0, EACH).map((id) => change(id, n + same)));
    await measured(`rollback over ${REVISIONS.toLocaleString("en-US")} revisions of the same 20`, () =>
      rollback(same, true),
    );

    const head = (): number => policy.current().revision;
    await measured("comparePolicy over all, 100 rows", () =>
      ask(`{ comparePolicy(from: ${first}, to: ${head()}) { rowCount rows { key summary before after } } }`),
    );
    await measured("  with access", () =>
      ask(`{ comparePolicy(from: ${first}, to: ${head()}) { rowCount access { complete cells { role } } } }`),
    );

    const applying =
      "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { changeCount findings { message } } }";
    const trying = "query ($input: SimulateInput!) { simulate(input: $input) { changed access { complete } } }";
    const proposing = "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
    for (const { what, before, change: operations } of LARGE) {
      const { revision: start } = policy.current();
      if (before.length > 0) await apply(before);
      const { revision: ready } = policy.current();
      const input = { operations, reason: "b" };
      say(`${what}: ${JSON.stringify({ query: applying, variables: { input } }).length} bytes`);
      await measured(`applyPolicy, ${what}, dryRun`, () => ask(applying, { input: { ...input, dryRun: true } }));
      const again = async (): Promise<void> => {
        if (policy.current().revision !== ready) await rollback(ready);
      };
      await measured(`applyPolicy, ${what}`, () => ask(applying, { input }), again);
      await again();
      await measured(`simulate, ${what}`, () => ask(trying, { input: { operations, requests: [] } }));
      await measured(`proposePolicy, ${what}`, () =>
        ask(proposing, { input: { title: "b", change: { operations }, reason: "b" } }),
      );
      await rollback(start);
    }
    return rows;
  } finally {
    loop.end();
    await load.end();
    await app.close();
  }
}
