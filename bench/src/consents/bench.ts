/**
 * What consents add to the cost of a decision, with very many of them stored: decisions through the authorizer and the
 * journal as the service makes them, in batches of 50 and one at a time, of patients without consents, with one and with
 * two; beside it the same without a source of consents. `again`: of a thousand patients, as those of one morning; `ever new`: of
 * patients that come the first time. The processor's time of this process counts, SQLite's work included, until the answer and with
 * what the followers of the journal do behind it; of PostgreSQL what its server does comes on top. The variants take turns, and ratios are of the same round.
 */
import { chmod } from "node:fs/promises";
import type { Caller } from "../../../src/domain/callers/types.ts";
import { createAuthorizer } from "../../../src/domain/decisions/authorize.ts";
import { createConsentSource } from "../../../src/domain/decisions/consentSource.ts";
import type { AccessRequest } from "../../../src/domain/decisions/types.ts";
import { snapshotOf } from "../../../src/domain/policy/snapshot.ts";
import { createEngine } from "../../../src/engine/engine.ts";
import { newId } from "../../../src/process/ids.ts";
import { createTurns } from "../../../src/process/turns.ts";
import { openStorage, type Storage } from "../../../src/storage/storage.ts";
import { startPostgres } from "../../../test/storage/postgresServer.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { policyRows, random, requestsFor, sizeOf } from "../policies.ts";
import { fillConsents, patientOf, patientsWithOne, patientsWithTwo } from "./fill.ts";

const [amount, only] = process.argv.slice(2);
const CONSENTS = Number(amount ?? 1_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const SIZE = sizeOf(10_000);
const AGAIN = 1_000;
const WAYS = [
  { batch: 50, decisions: 3_000 },
  { batch: 1, decisions: 500 },
] as const;

interface Variant {
  readonly name: string;
  /** Consents of each patient; null: no source of consents is asked. */
  readonly consents: 0 | 1 | 2 | null;
  readonly isAgain: boolean;
}
const VARIANTS: readonly Variant[] = [
  { name: "no consents in use", consents: null, isAgain: true },
  { name: "patients without", consents: 0, isAgain: true },
  { name: "with 1, again", consents: 1, isAgain: true },
  { name: "with 2, again", consents: 2, isAgain: true },
  { name: "with 1, ever new", consents: 1, isAgain: false },
  { name: "with 2, ever new", consents: 2, isAgain: false },
];
/** Those of whom the cost is promised. */
const BASE = VARIANTS[0] as Variant;

const caller: Caller = { id: "key:bench", roles: new Set(["service"]), defaultClientId: null };
const snapshot = snapshotOf(policyRows(SIZE), 1);
const engine = await createEngine();
const requests = requestsFor(SIZE, 4_000);

/** Microseconds of the processor a decision. */
function cpuSince(before: NodeJS.CpuUsage, decisions: number): number {
  const { system, user } = process.cpuUsage(before);
  return (system + user) / decisions;
}

async function prepare(storage: Storage) {
  const deps = {
    snapshot: () => snapshot,
    engine,
    journal: storage.journal,
    decisions: storage.decisions,
    clock: Date.now,
    newId,
    turns: createTurns(),
  };
  const without = createAuthorizer(deps);
  const withSource = createAuthorizer({ ...deps, factSources: [createConsentSource(storage.consents)] });
  const next = random(11);
  const patients = [1_000_000, patientsWithOne(CONSENTS), patientsWithTwo(CONSENTS)];
  let at = 0;

  function inputs({ consents, isAgain }: Variant, count: number): AccessRequest[] {
    const of = consents ?? 0;
    const among = Math.min(isAgain ? AGAIN : Number.POSITIVE_INFINITY, patients[of] ?? 0);
    return Array.from({ length: count }, () => {
      const request = requests[at++ % requests.length] as AccessRequest;
      return { ...request, resource: { ...request.resource, patient: patientOf(of, next(among)) } };
    });
  }

  /** Microseconds a decision: of the processor, and until all are answered. */
  async function slice(variant: Variant, { batch, decisions }: (typeof WAYS)[number]) {
    const authorizer = variant.consents === null ? without : withSource;
    const batches = Array.from({ length: decisions / batch }, () => inputs(variant, batch));
    const [before, since] = [process.cpuUsage(), performance.now()];
    for (const each of batches) await authorizer.authorize(caller, each as never, (i) => `inputs[${i}]`);
    const took = ((performance.now() - since) * 1000) / decisions;
    const answered = cpuSince(before, decisions);
    // What follows the journal is part of the cost, and done now, all of it: how much fell in between would be chance.
    await storage.decisions.decisions({
      filter: { callerId: "nobody", clientId: "nobody" },
      page: { first: 1, after: null },
    });
    return { answered, all: cpuSince(before, decisions), took };
  }
  return slice;
}
type Figures = Awaited<ReturnType<Awaited<ReturnType<typeof prepare>>>>;

/** All variants on one database, in both ways. */
async function measure(name: string, url: string) {
  await (await openStorage({ url, clock: Date.now })).close();
  const filled = performance.now();
  await fillConsents(url, CONSENTS);
  say(`${name}: ${CONSENTS} consents in ${Math.round((performance.now() - filled) / 1000)} s`);
  const storage = await openStorage({ url, clock: Date.now, following: {} });
  try {
    const slice = await prepare(storage);
    const figures = new Map(WAYS.map((way) => [way.batch, new Map<Variant, Figures[]>(VARIANTS.map((v) => [v, []]))]));
    for (const way of WAYS) for (const variant of VARIANTS) for (let i = 0; i < 2; i++) await slice(variant, way);
    const rounds = await inRounds(ROUNDS, async () => {
      for (const way of WAYS)
        for (const variant of VARIANTS)
          figures
            .get(way.batch)
            ?.get(variant)
            ?.push(await slice(variant, way));
    });
    const results: Record<string, Record<string, object>> = {};
    for (const { batch } of WAYS) {
      const of = (variant: Variant): readonly Figures[] => figures.get(batch)?.get(variant) ?? [];
      const rows = VARIANTS.map((variant) => {
        const own = of(variant);
        const ratio = (read: (f: Figures) => number): number =>
          round(median(own.map((f, i) => read(f) / read(of(BASE)[i] as Figures))));
        return {
          name: variant.name,
          answered_us: round(median(own.map(({ answered }) => answered))),
          answered_ratio: ratio(({ answered }) => answered),
          all_us: round(median(own.map(({ all }) => all))),
          all_ratio: ratio(({ all }) => all),
          us: round(median(own.map(({ took }) => took))),
          ratio: ratio(({ took }) => took),
        };
      });
      printTable(
        `${name}, ${CONSENTS.toLocaleString("en-US")} consents, ${batch === 1 ? "one decision at a time" : `batches of ${batch}`}, ${rounds} rounds`,
        ["a decision", "CPU us until answered", "ratio", "CPU us in all", "ratio", "us until answered", "ratio"],
        rows.map((row) => [
          row.name,
          row.answered_us,
          row.answered_ratio,
          row.all_us,
          row.all_ratio,
          row.us,
          row.ratio,
        ]),
      );
      results[`batch_${batch}`] = Object.fromEntries(rows.map(({ name: variant, ...row }) => [variant, row]));
    }
    return results;
  } finally {
    await storage.close();
  }
}

await withScratch(async (dir) => {
  const results: Record<string, object> = {};
  if (only !== "postgres") results.sqlite = await measure("SQLite", `sqlite:${dir}/consents.db`);
  if (only !== "sqlite") {
    await chmod(dir, 0o711); // PostgreSQL runs as a user of its own where this runs as root.
    const postgres = await startPostgres(dir);
    try {
      results.postgres = await measure("PostgreSQL", await postgres.freshDatabase());
    } finally {
      await postgres.remove();
    }
  }
  printResult({ bench: "consents", consents: CONSENTS, ...results });
});
