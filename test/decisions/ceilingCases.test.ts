import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { parse } from "yaml";
import { decide } from "../../src/domain/decisions/decide.ts";
import { filterAmong } from "../../src/domain/decisions/filter.ts";
import type { AccessRequest, JsonObject } from "../../src/domain/decisions/types.ts";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { snapshotOf } from "../../src/domain/policy/snapshot.ts";
import type { Grant, Rule, ScopeVersion } from "../../src/domain/policy/types.ts";
import { atomsOf } from "../../src/domain/scopes/atom.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW } from "../support/policies.ts";

type Life = ScopeVersion["state"] | "CONSENT";
interface Case {
  readonly name: string;
  readonly grants: readonly (string | { readonly scope: string; readonly validUntil: string })[];
  readonly scopes: readonly string[];
  readonly rules?: readonly ("anyone" | Partial<Rule>)[];
  readonly registered?: Readonly<Record<string, Life>>;
  readonly action: string;
  readonly type?: string;
  readonly subject?: null;
  readonly patient?: string | null;
  readonly attributes?: JsonObject | null;
  readonly outcome: "ALLOW" | "DENY";
  readonly reasons: readonly string[];
  /** The registered scope that a reason names. */
  readonly about?: string;
  /** The rules that allowed it, of all parts that the answer rests on. */
  readonly allowedBy?: readonly string[];
  readonly sufficient?: readonly string[] | null;
  readonly filter?: readonly string[];
}
const { cases } = parse(readFileSync("test/cases/ceiling.yaml", "utf8")) as { readonly cases: readonly Case[] };

const DAY = 86_400_000;
function scopeVersion(name: string, life: Life): ScopeVersion {
  const declared = [
    { context: "ANY", resourceType: "Observation", actions: ["read", "search"], constraint: null },
  ] as const;
  const custom = atomsOf(declared);
  const atoms = parseSmartScope(name)?.atoms ?? (custom.ok ? custom.value : []);
  const ends =
    life === "DEPRECATED" ? { deprecatedAt: NOW - DAY, sunsetAt: NOW + DAY } : { deprecatedAt: null, sunsetAt: null };
  return {
    ...{
      name,
      version: 1,
      state: life === "CONSENT" ? "ACTIVE" : life,
      title: null,
      description: null,
      translations: [],
    },
    ...{ declarations: [], requiresConsent: life === "CONSENT", justification: null, ...ends, replacedBy: null },
    ...{ retiredAt: life === "RETIRED" ? NOW - DAY : null, atoms },
  };
}

function policyOf({ grants, registered = {}, rules = ["anyone"] }: Case): Snapshot {
  const grantRows = grants.map((each): Grant => {
    const { scope, validUntil } = typeof each === "string" ? { scope: each, validUntil: null } : each;
    return { clientId: "app", scope, validFrom: null, validUntil: validUntil === null ? null : Date.parse(validUntil) };
  });
  const ruleRows = rules.map(
    (each, i): Rule => ({
      ...{ id: `rule-${i}`, role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" },
      ...{ obligations: [], description: null, justification: null, ...(each === "anyone" ? {} : each) },
    }),
  );
  const client = {
    id: "app",
    name: "App",
    status: "ACTIVE",
    description: null,
    protocolScopes: null,
    careCritical: false,
  } as const;
  const lives = Object.entries<Life>({ view_labs: "ACTIVE", ...registered });
  return snapshotOf(
    [
      { noun: "client", row: client },
      ...grantRows.map((row) => ({ noun: "grant", row }) as const),
      ...ruleRows.map((row) => ({ noun: "rule", row }) as const),
      ...lives.map(([name, life]) => ({ noun: "scope", row: scopeVersion(name, life) }) as const),
    ],
    1,
  );
}

function requestOf({
  action,
  attributes = null,
  patient = "p1",
  scopes,
  subject,
  type = "Observation",
}: Case): AccessRequest {
  const rest = { ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null };
  return {
    ...{ clientId: "app", scopes, action, purposeOfUse: null, requestId: null },
    subject: subject === null ? null : { id: "ann", type: "user", organization: null, attributes: null, roles: null },
    resource: { type, id: null, patient, patients: null, organization: null, labels: null, attributes },
    context: { patient: subject === null ? null : "p1", ...rest },
  };
}

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

for (const each of cases) {
  test(each.name, () => {
    const verdict = decide({ snapshot: policyOf(each), engine, now: NOW }, requestOf(each));
    const codes = [...new Set(verdict.reasons.map(({ code }) => code))].sort();
    assert.deepEqual([verdict.outcome, codes], [each.outcome, each.reasons]);
    if (each.about !== undefined)
      assert.ok(
        verdict.reasons.some(({ scope }) => scope === each.about),
        each.about,
      );
    if (each.allowedBy !== undefined) {
      const allowing = verdict.reasons.flatMap(({ code, ruleId }) =>
        code === "ALLOWED_BY_RULE" ? (ruleId ?? []) : [],
      );
      assert.deepEqual(allowing.sort(), each.allowedBy);
    }
    if (each.sufficient !== undefined) assert.deepEqual(verdict.sufficientScopes ?? null, each.sufficient);
    const filter = filterAmong(verdict.obligations)?.allOf.flatMap(({ anyOf }) => anyOf) ?? [];
    assert.deepEqual(
      filter.flatMap((condition) => (condition.type === "constraint" ? condition.constraint : [])),
      each.filter ?? [],
    );
  });
}

test("there are enough cases, each of its own name", () => {
  assert.ok(cases.length >= 35);
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});
