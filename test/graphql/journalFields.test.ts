import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import { PERMISSIONS, readsJournal } from "../../src/domain/callers/permissions.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { apply, at, callerOf, openWorld, ROOT, type World } from "./world.ts";

/** What of the journal was read, and how many reads of one kind were under way at once. */
const seen = { reads: [] as string[], now: new Map<string, number>(), most: 0 };

/** The port, every call of it noted. */
function noted<Port extends object>(port: Port, names: readonly (keyof Port & string)[]): Port {
  const made = { ...port } as Record<string, unknown>;
  for (const name of names) {
    made[name] = async (...args: unknown[]) => {
      seen.reads.push(name);
      const now = (seen.now.get(name) ?? 0) + 1;
      seen.now.set(name, now);
      seen.most = Math.max(seen.most, now);
      try {
        return await (port[name] as (...args: unknown[]) => Promise<unknown>)(...args);
      } finally {
        seen.now.set(name, (seen.now.get(name) ?? 0) - 1);
      }
    };
  }
  return made as Port;
}

let world: World;
before(async () => {
  world = await openWorld({
    through: (storage) => ({
      ...storage,
      usage: noted(storage.usage, Object.keys(storage.usage) as (keyof typeof storage.usage)[]),
      usageOnRecord: noted(storage.usageOnRecord, Object.keys(storage.usage) as (keyof typeof storage.usage)[]),
      decisions: noted(storage.decisions, ["decisions"]),
      patientAccesses: noted(storage.patientAccesses, ["alike", "count"]),
      storedActs: noted(storage.storedActs, ["acts"]),
      counter: noted(storage.counter, ["count"]),
      watchedHistory: noted(storage.watchedHistory, ["read"]),
      watched: noted(storage.watched, ["counts"]),
    }),
    detectors: SAMPLE_DETECTORS,
  });
  await apply(world, [
    { putClient: { id: "x", name: "X" } },
    { putScope: { name: "x", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { activateScope: { name: "x" } },
    { grantScope: { clientId: "x", scope: "x" } },
    { putRole: { name: "x" } },
    {
      putRule: {
        id: "x",
        role: "*",
        scope: "*",
        action: "*",
        resourceType: "*",
        effect: "ALLOW",
        justification: "A test.",
      },
    },
  ]);
  const input = { clientId: "x", scopes: ["x"], action: "read", resource: { type: "Observation" } };
  await world.data("query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }", { input });
  seen.reads = [];
});

const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 1,
  Boolean: true,
  DateTime: "2031-01-01T00:00:00Z",
  JSON: {},
};

/** The least that an argument of a type may be. */
function least(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return [least(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) return SCALARS[getNamedType(type).name] ?? "x";
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(fields.map((field) => [field.name, least(field.type)]));
}

/** Everything below a type that needs no argument, three levels deep. */
function selection(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return "";
  const fields = Object.values(named.getFields()).flatMap((field) => {
    const below = depth === 0 ? "" : selection(field.type, depth - 1);
    const isLeaf = !isObjectType(getNamedType(field.type));
    if (field.args.some(isRequiredArgument) || (!isLeaf && (depth === 0 || below === ""))) return [];
    return [`${field.name}${below}`];
  });
  return fields.length === 0 ? "" : `{ ${fields.join(" ")} }`;
}

const OPERATIONS: Readonly<Record<string, unknown>> = {
  applyPolicy: { input: { operations: [{ retireScope: { name: "x" } }], reason: "a test" } },
  replay: { input: { operations: [] } },
  accountingOfDisclosures: { patient: "x", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
  accessHistory: { patient: "x", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
  exportPage: { format: "OCSF" },
  stats: { measure: "DECISIONS", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
  backtest: { input: { detector: "NEW_SCOPE", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" } },
};

/** Proposals read past decisions for their reports. */
const REPORTS = ["proposePolicy", "refreshProposal", "proposalOutcome"];
/** And access reviews for their evidence, and the proposal of what goes. */
const REVIEWS = ["startReviewCampaign", "closeReviewCampaign"];
/** And an accounting that is given, for what it lists. */
const ACCOUNTINGS = ["giveAccounting"];
/** And emergencies for the decisions that name them, where there are any. */
const NESTED = ["breakGlasses", "breakGlassById"];

/** What is asked of who can reach what looks for one decision of each name that occurs nowhere else, for `notes`. */
const NAMING = ["patientAccess", "patientPeople", "subjectAccess"];

/** Asks one root field with the least that it needs, and answers with what of the journal it read. */
async function readsOf(root: "query" | "mutation", name: string): Promise<readonly string[]> {
  const type = root === "query" ? world.schema.getQueryType() : world.schema.getMutationType();
  const field = type?.getFields()[name];
  assert.ok(field, name);
  const needed: readonly GraphQLArgument[] = field.args.filter(isRequiredArgument);
  const values = (OPERATIONS[name] ?? Object.fromEntries(needed.map((a) => [a.name, least(a.type)]))) as object;
  const declared = needed.map((a) => `$${a.name}: ${a.type}`).join(", ");
  const given = needed.map((a) => `${a.name}: $${a.name}`).join(", ");
  const brackets = (text: string): string => (text === "" ? "" : `(${text})`);
  const source = `${root} ${brackets(declared)} { ${name}${brackets(given)} ${selection(field.type, 3)} }`;
  seen.reads = [];
  await world.ask(source, values as Record<string, unknown>);
  return seen.reads;
}

const fieldsOf = (type: { getFields(): object } | null | undefined): string[] => Object.keys(type?.getFields() ?? {});

describe("fields that read the journal", () => {
  test("each stands in the table of permissions as one, and no other does", async () => {
    const reading: string[] = [];
    for (const name of fieldsOf(world.schema.getQueryType()))
      if ((await readsOf("query", name)).length > 0) reading.push(name);
    const named = Object.keys(PERMISSIONS).filter(
      (name) => readsJournal(name) && ![...REPORTS, ...REVIEWS, ...ACCOUNTINGS, ...NESTED].includes(name),
    );
    assert.deepEqual(reading.sort(), [...named, ...NAMING].sort());
  });

  test("so do those that make the report of a proposal, or compare it with what came", async () => {
    const proposed = async (source: string) => {
      seen.reads = [];
      const data = await world.data(source, {}, { ...ROOT, subject: { type: "user", id: "ada", issuer: null } });
      assert.ok(seen.reads.length > 0 && seen.reads.every((name) => name === "decisions"), source);
      return at(data, "done") as { readonly id: string; readonly digest: string };
    };
    const { id } = await proposed(
      'mutation { done: proposePolicy(input: { title: "t", change: { operations: [{ deleteRule: { id: "x" } }] }, reason: "r" }) { id digest } }',
    );
    const { digest } = await proposed(`mutation { done: refreshProposal(id: "${id}", reason: "r") { id digest } }`);
    const approver = { ...callerOf("key:ben", "admin"), subject: { type: "user", id: "ben", issuer: null } };
    for (const step of [
      `approveProposal(id: "${id}", digest: "${digest}", reason: "r") { id }`,
      `applyProposal(id: "${id}") { revision }`,
    ]) {
      seen.reads = [];
      await world.data(`mutation { ${step} }`, {}, approver);
      assert.deepEqual(seen.reads, [], step);
    }
    await proposed(`{ done: proposalOutcome(id: "${id}") { summary } }`);
    assert.ok(REPORTS.every(readsJournal));
  });

  test("a change looks at the use of a scope before it ends it, and reads nothing else", async () => {
    const mutations = fieldsOf(world.schema.getMutationType());
    const order = ["applyPolicy", "retireScope", ...mutations.filter((name) => !/applyPolicy|retireScope/.test(name))];
    for (const name of order) {
      const expected = /applyPolicy|retireScope/.test(name) ? ["ofScope"] : [];
      assert.deepEqual(await readsOf("mutation", name), expected, name);
    }
  });

  test("one of a kind of a caller's is answered at a time, in one request or in several; another caller's meanwhile", async () => {
    const aliases = Array.from(
      { length: 8 },
      (_, i) => `a${i}: scopeUse(scope: "x") { uses } b${i}: decisions(filter: { clientId: "x" }) { edges { cursor } }`,
    );
    const source = `{ ${aliases.join(" ")} }`;
    Object.assign(seen, { reads: [], most: 0 });
    const answers = await Promise.all([world.data(source), world.data(source), world.data(source)]);
    assert.equal(seen.most, 1);
    assert.equal(at(answers[0], "a0", "uses"), 1);
    assert.equal(Object.keys(answers[2] as object).length, 16);
    assert.deepEqual(
      ["ofScope", "decisions"].map((kind) => seen.reads.filter((read) => read === kind).length),
      [24, 24],
    );
    seen.most = 0;
    const other = callerOf("key:other", "auditor");
    await Promise.all([world.data(source), world.data(source, {}, other)]);
    assert.equal(seen.most, 2);
  });

  test("too many that wait are refused, and what is not about the journal is not", async () => {
    const aliases = Array.from({ length: 30 }, (_, i) => `a${i}: scopeUse(scope: "x") { uses }`);
    const source = `{ ${aliases.join(" ")} clients { edges { cursor } } }`;
    const [first, second] = await Promise.all([world.ask(source), world.ask(source)]);
    assert.deepEqual(first.errors, []);
    assert.equal(second.errors[0]?.extensions?.code, "LIMIT_EXCEEDED");
    assert.deepEqual((await world.ask(source, {}, ROOT)).errors, []);
  });
});
