/**
 * What a reviewer's questions cost at a million rules: what one client with 50 scopes can reach, what a change does to
 * access, and for how long the event loop stands still meanwhile. In-process, without HTTP and without the record.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { DEFAULT_INPUT_LIMITS } from "../../../src/domain/decisions/inputReader.ts";
import { type Item, snapshotBuilder, withChange } from "../../../src/domain/policy/snapshot.ts";
import type { Rule } from "../../../src/domain/policy/types.ts";
import { readAccessInput } from "../../../src/domain/simulation/access/accessInput.ts";
import { compareAccess } from "../../../src/domain/simulation/access/compareAccess.ts";
import { holderAccess } from "../../../src/domain/simulation/access/holderAccess.ts";
import { clientAccess, subjectAccess } from "../../../src/domain/simulation/access/subjectAccess.ts";
import { createEngine } from "../../../src/engine/engine.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { policyRows, sizeOf } from "../policies.ts";

const RULES = Number(process.env.BENCH_RULES ?? 1_000_000);
const ROUNDS = 60;
const SCOPES = 50;

/** A client of both kinds of scopes, and rules for those of SMART on several types. */
const SMART = ["patient/*.rs", "user/*.cruds", "patient/Observation.rs", "user/Condition.rs?category=a", "system/*.rs"];
function* reviewed(): Generator<Item> {
  yield {
    noun: "client",
    row: {
      id: "reviewed",
      name: "Reviewed",
      status: "ACTIVE",
      description: null,
      protocolScopes: null,
      careCritical: false,
    },
  };
  const custom = Array.from({ length: SCOPES - SMART.length }, (_, i) => `view_data_${i * 37}`);
  for (const scope of [...custom, ...SMART])
    yield { noun: "grant", row: { clientId: "reviewed", scope, validFrom: null, validUntil: null } };
  const types = ["Observation", "Condition", "MedicationRequest", "Encounter", "*"];
  for (const scope of SMART)
    for (const [i, resourceType] of types.entries()) {
      const when = i % 2 === 0 ? 'purposeOfUse == "TREAT" && resource.organization == subject.organization' : null;
      const rule = { role: "department_7_level_2", scope, action: "*", resourceType, effect: "ALLOW", when } as const;
      const none = { obligations: [], description: null, justification: null };
      yield { noun: "rule", row: { id: `smart-${scope}-${i}`, ...rule, ...none } };
    }
}

const builder = snapshotBuilder();
for (const item of policyRows(sizeOf(RULES))) builder.add(item);
for (const item of reviewed()) builder.add(item);
const snapshot = builder.done(1);
say(`${snapshot.rules.size} rules`);
const facts = { snapshot, engine: await createEngine(), now: Date.now() };
const breathe = async (): Promise<void> => void (await setImmediate());

/** How long each round takes, and how long the loop stands still at most. */
async function measure(ask: (round: number) => Promise<unknown>) {
  for (let i = 0; i < 5; i++) await ask(i);
  const times: number[] = [];
  const before = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < ROUNDS; i++) {
    const since = performance.now();
    await ask(i);
    times.push(performance.now() - since);
  }
  delay.disable();
  const { system, user } = process.cpuUsage(before);
  return {
    median: round(median(times)),
    cpu: round((system + user) / 1e3 / ROUNDS),
    p95: round(quantile(sorted(times), 0.95)),
    stall: round(delay.max / 1e6),
  };
}

/** Department 7 has the rules of SMART scopes; each round asks for another of its subjects. */
const subjectOf = (i: number) => ({
  id: `subject-${7 + 400 * (i % 200)}`,
  organization: `organization-${(7 + 400 * (i % 200)) % 50}`,
});
const read = (input: object) => readAccessInput(input, { limits: DEFAULT_INPUT_LIMITS, policies: [snapshot] });
let cells = 0;
const client = await measure(async (i) => {
  const of = read({ clientId: "reviewed", subject: subjectOf(i), purposeOfUse: "TREAT" });
  const page = await clientAccess(facts, "reviewed", { of, breathe });
  cells = page.cells.length;
});
const open = await measure(async (i) => {
  const { id } = subjectOf(i);
  await clientAccess(facts, "reviewed", { of: read({ clientId: "reviewed", subject: { id } }), breathe });
});
const holders = await measure(async () => {
  await holderAccess(facts, "reviewed", { of: read({ clientId: "reviewed", purposeOfUse: "TREAT" }), breathe });
});
const subject = await measure(async (i) => {
  await subjectAccess(facts, { of: read({ subject: subjectOf(i), purposeOfUse: "TREAT", first: 50 }), breathe });
});
const [first] = snapshot.rules.values();
const changed = (rule: Rule, n: number) =>
  withChange(snapshot, { noun: "rule", key: rule.id, before: rule, after: { ...rule, when: `resource.id == "${n}"` } });
const comparison = await measure(async (i) => {
  if (first === undefined) throw new Error("no rules");
  await compareAccess(facts, { ...facts, snapshot: changed(first, i) }, { breathe });
});
let many = snapshot;
let left = 1_000;
for (const rule of snapshot.rules.values()) {
  if (left-- === 0) break;
  many = withChange(many, { noun: "rule", key: rule.id, before: rule, after: null });
}
const since = performance.now();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
await compareAccess(facts, { ...facts, snapshot: many }, { breathe });
delay.disable();
const manyMs = round(performance.now() - since);

const row = (name: string, of: typeof client) => [name, of.median, of.cpu, of.p95, of.stall] as const;
printTable(
  `${RULES.toLocaleString("en-US")} rules`,
  ["ms", "median", "CPU, mean", "95%", "longest stall"],
  [
    row(`clientAccess, ${SCOPES} scopes, ${cells} cells`, client),
    row("  organization and purpose left open", open),
    row(`  a page of what holders of ${snapshot.roles.size} roles reach`, holders),
    row("subjectAccess, a page of 50 of 1,001 clients", subject),
    row("access compared, one rule changed", comparison),
    ["  1,000 rules deleted", manyMs, null, null, round(delay.max / 1e6)],
  ],
);
printResult({
  bench: "access",
  rules: RULES,
  scopes: SCOPES,
  cells,
  client,
  open,
  holders,
  subject,
  comparison,
  manyMs,
});
