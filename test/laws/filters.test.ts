import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { filterAmong } from "../../src/domain/decisions/filter.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import type { FilterCondition } from "../../src/domain/scopes/confinement.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, type Rows, snapshotFrom } from "../support/policies.ts";
import { accessRequest } from "../support/records.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** A resource as a server has it. */
interface Stored {
  readonly type: string;
  readonly patients: readonly string[];
  readonly category: readonly string[];
  readonly code: readonly string[];
}

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const stored: fc.Arbitrary<Stored> = fc.record({
  type: pick("Observation", "Condition"),
  patients: fc.subarray(["p1", "p2", "p3"]),
  category: fc.subarray(["a", "b", "c"]),
  code: fc.subarray(["x", "y"]),
});

const constraint = pick("", "", "?category=a", "?category=b", "?category=a,b", "?category=a&code=x", "?code=x,y");
const scope = fc
  .tuple(pick("patient", "patient", "user"), pick("Observation", "Observation", "*"), constraint)
  .map(([context, type, query]) => `${context}/${type}.rs${type === "*" ? "" : query}`);

const allowEverything: Rule = {
  id: "all",
  role: "*",
  scope: "*",
  action: "*",
  resourceType: "*",
  when: null,
  effect: "ALLOW",
  obligations: [],
  description: null,
  justification: null,
};
const policyOf = (scopes: readonly string[]): Rows => ({
  clients: [{ id: "app", name: "App", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false }],
  scopes: [],
  grants: scopes.map((of) => ({ clientId: "app", scope: of, validFrom: null, validUntil: null })),
  roles: [],
  assignments: [],
  rules: [allowEverything],
});

/** What a query says, naively: `a=1,2&b=3`. */
function meets(query: string, resource: Stored): boolean {
  return query.split("&").every((part) => {
    const [name, values = ""] = part.split("=");
    const has = name === "category" ? resource.category : resource.code;
    return values.split(",").some((value) => has.includes(value));
  });
}

/** Whether one scope lets the client see one resource, naively. */
function sees(text: string, resource: Stored, patient: string | null): boolean {
  const [, context, type, query] = /^(\w+)\/([\w*]+)\.\w+\??(.*)$/.exec(text) ?? [];
  if (type !== "*" && type !== resource.type) return false;
  if (context === "patient" && (patient === null || !resource.patients.includes(patient))) return false;
  return query === "" || meets(query ?? "", resource);
}

function holds(condition: FilterCondition, resource: Stored): boolean {
  if (condition.type === "constraint") return meets(condition.constraint, resource);
  if (condition.type === "patient") return resource.patients.includes(condition.patient);
  return condition.resourceType === resource.type;
}

/** What a server that does what it is told returns of a search. */
function returned(request: AccessRequest, rows: Rows): (resource: Stored) => boolean {
  const { outcome, obligations } = decide({ snapshot: snapshotFrom(rows), engine, now: NOW }, request);
  if (outcome === "DENY") return () => false;
  const filters = obligations.filter(({ type }) => type === "filter");
  assert.ok(filters.length < 2, "a decision has one filter at most");
  const filter = filterAmong(obligations);
  return (resource) =>
    filter?.allOf.every(({ anyOf }) => anyOf.some((one) => holds(one as FilterCondition, resource))) ?? true;
}

const named = pick<readonly string[]>([], [], [], ["p1"], ["p2"], ["p1", "p2"]);
const context = (patient: string | null): AccessRequest["context"] => ({
  patient,
  ipAddress: null,
  region: null,
  userAgent: null,
  tokenId: null,
  attributes: null,
});

test("a search returns what some scope lets the client see, and of a search that names nobody all of it", () => {
  const seen = { returned: 0, withheld: 0, mixed: 0 };
  fc.assert(
    fc.property(
      fc.uniqueArray(scope, { minLength: 1, maxLength: 5 }),
      fc.array(stored, { minLength: 5, maxLength: 12 }),
      fc.record({ patient: pick("p1", "p1", "p1", null), type: pick("Observation", "Observation", "*"), named }),
      (scopes, resources, { patient, type, named: patients }) => {
        const request = accessRequest({
          action: "search",
          subject: { id: "u", type: "user", organization: null, roles: null, attributes: null },
          scopes,
          context: context(patient),
          resource: {
            type,
            patient: patients.length === 1 ? (patients[0] ?? null) : null,
            patients: patients.length > 1 ? patients : null,
          },
        });
        const isReturned = returned(request, policyOf(scopes));
        // Of a search over several patients it is left open whether it is for what names any of them, or all.
        const asked = resources.filter(
          (one) =>
            (type === "*" || one.type === type) &&
            (patients.length === 0 || patients.some((each) => one.patients.includes(each))),
        );
        for (const resource of asked) {
          // Over all types only scopes for all of them count.
          const able = scopes.filter((text) => type !== "*" || text.includes("*"));
          const may = able.some((text) => sees(text, resource, patient));
          if (isReturned(resource)) {
            seen.returned++;
            assert.ok(may, `${JSON.stringify(resource)} is returned to ${scopes}`);
          } else {
            seen.withheld++;
            const whole = patients.length === 0 || (patient !== null && patients.includes(patient));
            if (whole) assert.ok(!may, `${JSON.stringify(resource)} is withheld from ${scopes}`);
          }
        }
        const kinds = new Set(scopes.map((text) => text.split("/")[0]));
        if (kinds.size === 2 && asked.some(isReturned) && !asked.every(isReturned)) seen.mixed++;
      },
    ),
    { numRuns: runs(3000) },
  );
  // Else it would hold of nothing.
  assert.ok(
    seen.returned > atLeast(1000) && seen.withheld > atLeast(1000) && seen.mixed > atLeast(100),
    JSON.stringify(seen),
  );
});

test("an export has the types that scopes read and search without a constraint, and no others", () => {
  let confined = 0;
  const systemScope = pick("system/Patient.rs", "system/Group.rs", "system/Observation.rs", "system/Condition.r").chain(
    (text) => pick(text, text, text.replace("rs", "s"), `${text}?_id=1`, "system/*.rs"),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(systemScope, { minLength: 1, maxLength: 5 }),
      pick("*", "Patient", "Group"),
      (scopes, level) => {
        const rows = policyOf(scopes);
        const request = accessRequest({ action: "$export", scopes, resource: { type: level } });
        const isReturned = returned(request, rows);
        const whole = new Set(scopes.flatMap((text) => /^system\/([\w*]+)\.rs$/.exec(text)?.[1] ?? []));
        const covered = whole.has("*") || (level !== "*" && whole.has(level));
        for (const type of ["Patient", "Group", "Observation", "Condition", "Encounter"]) {
          const may = covered && (whole.has("*") || whole.has(type));
          assert.equal(
            isReturned({ type, patients: [], category: [], code: [] }),
            may,
            `${type} of ${level}: ${scopes}`,
          );
          if (may && !whole.has("*")) confined++;
        }
      },
    ),
    { numRuns: runs(1000) },
  );
  assert.ok(confined > atLeast(40), String(confined));
});
