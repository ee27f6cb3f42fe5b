import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HOUR_MS } from "../../src/domain/audit/countedWindow.ts";
import type { CountDimension } from "../../src/domain/audit/decisionStats.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { scopesUsed } from "../../src/domain/decisions/scopesUsed.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { DAY_MS } from "../../src/domain/policy/use.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { purpose as asPurpose } from "../support/oneForm.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const START = Date.UTC(2026, 10, 20, 9);
const HOURS = 24 * 5;
const SCOPES = ["view_labs", "view_notes", "patient/Observation.rs?category=lab", "patient/Observation.rs"];
const TYPES = ["Observation", "Patient", "Organization"];

const one = fc.record({
  at: fc.integer({ min: 0, max: HOURS * HOUR_MS - 1 }),
  allowed: fc.boolean(),
  client: fc.constantFrom("ehr", 'odd","x', "portal"),
  scopes: fc.uniqueArray(fc.constantFrom(...SCOPES), { maxLength: 3 }),
  rules: fc.uniqueArray(fc.constantFrom("r-1", "r|2", 'r"3'), { maxLength: 3 }),
  purpose: fc.constantFrom(null, "TREAT", "it's"),
  type: fc.constantFrom(...TYPES),
  patient: fc.constantFrom(null, "ann"),
  address: fc.constantFrom(null, "192.0.2.1"),
});
type Asked = typeof one extends fc.Arbitrary<infer Value> ? Value : never;

let next = 1;
function recordOf({ address, at, client, patient, purpose, rules, scopes, type, ...more }: Asked): AccessRecord {
  const plain = decision(next++);
  const outcome = more.allowed && scopes.length > 0 ? "ALLOW" : "DENY";
  const context = { attributes: null, ipAddress: address, patient: null, region: null, tokenId: null, userAgent: null };
  return {
    ...plain,
    decidedAt: START + at,
    outcome,
    scope: outcome === "ALLOW" ? (scopes[0] ?? null) : null,
    reasons:
      outcome === "ALLOW"
        ? scopes.flatMap((scope) => ["r-0", ...rules].map((ruleId) => reason("ALLOWED_BY_RULE", { ruleId, scope })))
        : decision(5).reasons,
    request: {
      ...plain.request,
      clientId: client,
      context,
      purposeOfUse: asPurpose(purpose),
      resource: { ...plain.request.resource, type, id: null, patient, patients: null },
    },
  };
}

/** What a decision says of a dimension: none, one value or more. */
const VALUES: { readonly [Name in CountDimension]?: (record: AccessRecord) => readonly (string | null)[] } = {
  OUTCOME: ({ outcome }) => [outcome],
  CLIENT: ({ request }) => [request.clientId],
  SCOPE: ({ scope }) => [scope?.split("?")[0] ?? null],
  REASON: ({ reasons }) => [...new Set(reasons.map(({ code }) => code))],
  RULE: ({ reasons }) => [...new Set(reasons.flatMap(({ ruleId }) => ruleId ?? []))],
  PURPOSE: ({ request }) => [request.purposeOfUse],
};
const DIMENSIONS = Object.keys(VALUES) as readonly CountDimension[];
const valuesOf = (record: AccessRecord, dimension: CountDimension) => VALUES[dimension]?.(record) ?? [];

const question = fc.record({
  from: fc.integer({ min: -30, max: HOURS }),
  hours: fc.integer({ min: 1, max: HOURS }),
  dimensions: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 2 }),
  time: fc.constantFrom(null, "HOUR", "DAY"),
  client: fc.constantFrom(null, "ehr", "nobody"),
  rule: fc.constantFrom(null, "r|2"),
});
type Question = typeof question extends fc.Arbitrary<infer Value> ? Value : never;

async function agreesOnCounts(storage: Storage, all: readonly AccessRecord[], asked: Question): Promise<void> {
  const [from, to] = [START + asked.from * HOUR_MS, START + (asked.from + asked.hours) * HOUR_MS];
  const { client, dimensions, time } = asked;
  const rule = dimensions.includes("RULE") ? null : asked.rule;
  const expected = new Map<string, number>();
  for (const record of all) {
    const { decidedAt: at, request } = record;
    if (at < from || at >= to || (client !== null && request.clientId !== client)) continue;
    if (rule !== null && !valuesOf(record, "RULE").includes(rule)) continue;
    const start = time === null ? null : at - (at % (time === "HOUR" ? HOUR_MS : DAY_MS));
    const keys = dimensions.reduce<readonly (readonly (string | null)[])[]>(
      (found, dimension) => found.flatMap((key) => valuesOf(record, dimension).map((value) => [...key, value])),
      [[]],
    );
    for (const key of keys) {
      const name = JSON.stringify([start, key]);
      expected.set(name, (expected.get(name) ?? 0) + 1);
    }
  }
  const filter = { ...(client !== null && { CLIENT: client }), ...(rule !== null && { RULE: rule }) };
  const { rows } = await storage.counter.count({ from, to, dimensions, time, filter, before: null, first: 10_000 });
  assert.deepEqual(new Map(rows.map(({ count, key, time: at }) => [JSON.stringify([at, key]), count])), expected);
}

async function agreesOnUse(storage: Storage, all: readonly AccessRecord[], since: number): Promise<void> {
  const from = since - (since % HOUR_MS);
  const uses = all.flatMap((record) =>
    scopesUsed(record).map((scope) => ({ scope, clientId: record.request.clientId, at: record.decidedAt })),
  );
  for (const scope of SCOPES) {
    const expected = new Map<string, { uses: number; lastUsedAt: number }>();
    for (const { at, clientId, scope: of } of uses) {
      if (of !== scope) continue;
      const known = expected.get(clientId) ?? { uses: 0, lastUsedAt: 0 };
      expected.set(clientId, {
        uses: known.uses + (at >= from ? 1 : 0),
        lastUsedAt: Math.max(known.lastUsedAt, at),
      });
    }
    const found = await storage.usage.ofScope(scope, since);
    assert.deepEqual(new Map(found.uses.map(({ clientId, ...use }) => [clientId, use])), expected, scope);
  }
}

async function agreesOnBlindSpots(storage: Storage, all: readonly AccessRecord[], day: number): Promise<void> {
  const from = START - (START % DAY_MS) + day * DAY_MS;
  const within = all.filter(({ decidedAt }) => decidedAt >= from && decidedAt < from + 2 * DAY_MS);
  const count = (has: (record: AccessRecord) => boolean): number => within.filter(has).length;
  const isOfPatients = ({ request }: AccessRecord): boolean => request.resource.type !== "Organization";
  const { asOf: _, ...found } = await storage.blindSpots.counts({ from, to: from + 2 * DAY_MS });
  assert.deepEqual(found, {
    accesses: within.length,
    withoutAddress: count(({ request }) => request.context?.ipAddress === null),
    ofPatients: count(isOfPatients),
    withoutPatient: count((record) => isOfPatients(record) && record.request.resource.patient === null),
    withoutPurpose: count(({ request }) => request.purposeOfUse === null),
  });
}

onEveryBackend("the rollup", ({ open }) => {
  test("comes to what counting one decision after the other does, after each step and when it is made again", async () => {
    const storage = await open();
    const all: AccessRecord[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 1, maxLength: 40 }),
        fc.array(question, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: HOURS * HOUR_MS }),
        fc.boolean(),
        async (asked, questions, since, again) => {
          const records = asked.map(recordOf);
          all.push(...records);
          await storage.journal.append(records);
          await storage.journalSpan();
          if (again) await storage.rebuildIndex();
          for (const each of questions) await agreesOnCounts(storage, all, each);
          await agreesOnUse(storage, all, START + since);
          await agreesOnBlindSpots(storage, all, Math.floor(since / DAY_MS));
        },
      ),
      // Each run adds to what the one before has left: a smaller one would not fail alike.
      { numRuns: process.env.TEST_LONG === undefined ? 20 : 200, endOnFailure: true },
    );
  });
});
