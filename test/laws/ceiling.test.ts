import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { holdsAt } from "../../src/domain/policy/types.ts";
import { meet } from "../../src/domain/scopes/algebra.ts";
import { Ceiling } from "../../src/domain/scopes/ceiling.ts";
import { printAtoms } from "../../src/domain/scopes/scopeText.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
const factsOf = (rows: Rows) => ({ snapshot: snapshotFrom(rows), engine, now: NOW });
const ceilingOf = (rows: Rows, clientId: string) =>
  rows.grants
    .filter((grant) => grant.clientId === clientId && holdsAt(grant, NOW))
    .flatMap(({ scope }) => parseSmartScope(scope) ?? []);
/** Spellings of one scope have lives of their own. */
const withoutSpellings = (rows: Rows): Rows => ({
  ...rows,
  scopes: rows.scopes.filter(({ name }) => name !== "patient/Observation.read"),
});
const ANYONE = {
  ...{ id: "anyone", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" as const },
  ...{ obligations: [], description: null, justification: null },
};
/** Accesses that scopes decide about: rules allow them but for those that deny, and the patient is the one in context. */
const presenting = fc
  .tuple(policies.map(withoutSpellings), requests, fc.constantFrom("read", "search"), fc.boolean())
  .map(([rows, request, action, denies]): [Rows, typeof request] => {
    const none = { ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null };
    const resource = { ...request.resource, type: "Observation", patient: "p1", patients: null };
    const clients = rows.clients.map((client) => ({ ...client, status: "ACTIVE" as const }));
    const rules = [...rows.rules.filter(({ effect }) => denies || effect === "ALLOW"), ANYONE];
    return [
      { ...rows, clients, rules },
      { ...request, action, context: { ...none, patient: "p1" }, resource },
    ];
  });

test("a scope and its letters one by one have the same outcome", () => {
  let split = 0;
  fc.assert(
    fc.property(presenting, ([rows, request]) => {
      const facts = factsOf(rows);
      const scopes = (request.scopes ?? []).flatMap((scope) => {
        const smart = parseSmartScope(scope);
        if (smart === null || smart.actions.length < 2) return [scope];
        split++;
        return printAtoms(smart.atoms.slice(0, 1)).scopes.concat(printAtoms(smart.atoms.slice(1)).scopes);
      });
      if (request.scopes === null) return;
      assert.equal(decide(facts, { ...request, scopes }).outcome, decide(facts, request).outcome);
    }),
    { numRuns: runs(3000) },
  );
  assert.ok(split > atLeast(1000), `${split} were split`);
});

test("presenting more scopes never takes an ALLOW away", () => {
  let allowed = 0;
  fc.assert(
    fc.property(presenting, requests, ([rows, request], other) => {
      if (request.scopes === null) return;
      const facts = factsOf(rows);
      if (decide(facts, request).outcome !== "ALLOW") return;
      allowed++;
      const more = { ...request, scopes: [...request.scopes, ...(other.scopes ?? [])] };
      assert.equal(decide(facts, more).outcome, "ALLOW");
    }),
    { numRuns: runs(3000) },
  );
  assert.ok(allowed > atLeast(100), `${allowed} were allowed`);
});

test("a token wider than the ceiling is answered as what it has in common with it", () => {
  let [wide, allowed] = [0, 0];
  fc.assert(
    fc.property(presenting, ([rows, request]) => {
      const facts = factsOf(rows);
      const held = ceilingOf(rows, request.clientId);
      const ceiling = new Ceiling(held);
      for (const scope of request.scopes ?? []) {
        const smart = parseSmartScope(scope);
        if (smart === null || ceiling.coversWhole(smart) || !ceiling.meets(smart)) continue;
        const common = printAtoms(smart.atoms.flatMap((atom) => ceiling.partsOf(atom))).scopes;
        const [asked, met] = [[scope], common].map((scopes) => decide(facts, { ...request, scopes }));
        assert.equal(asked?.outcome, met?.outcome);
        assert.deepEqual(asked?.obligations, met?.obligations);
        wide++;
        if (asked?.outcome !== "ALLOW") continue;
        allowed++;
        assert.ok(asked.reasons.some(({ code }) => code === "SCOPE_NARROWED"));
      }
    }),
    { numRuns: runs(2500) },
  );
  assert.ok(wide > atLeast(300) && allowed > atLeast(30), `${wide} were wider, ${allowed} allowed`);
});

test("what a token is given is allowed wherever the scope that was asked for would be", () => {
  let narrowed = 0;
  fc.assert(
    fc.property(presenting, ([rows, request]) => {
      const facts = factsOf(rows);
      const { clientId, context, purposeOfUse, subject } = request;
      for (const scope of request.scopes ?? []) {
        if (decide(facts, { ...request, scopes: [scope] }).outcome !== "ALLOW") continue;
        const about = { clientId, context, heldScopes: [], languages: null, purposeOfUse, requestId: null, subject };
        const { details, scope: token } = decideGrant(facts, { ...about, scopes: [scope] });
        assert.ok(token !== null, `${scope} is allowed, and no token may carry it`);
        const issued = decide(facts, { ...request, scopes: token.split(" ") });
        assert.equal(issued.outcome, "ALLOW", `${token} for ${scope}`);
        if (details.scopes[0]?.outcome === "NARROWED") narrowed++;
      }
    }),
    { numRuns: runs(2500) },
  );
  assert.ok(narrowed > atLeast(10), `${narrowed} were narrowed`);
});

test("a deny rule on a SMART scope adds no ALLOW, whatever is presented", () => {
  let denied = 0;
  fc.assert(
    fc.property(
      presenting,
      fc.constantFrom("patient/Observation.r", "user/*.rs", "patient/*.s"),
      ([rows, request], scope) => {
        const rule = {
          ...{ id: "new", role: "*", scope, action: "*", resourceType: "*", when: null },
          obligations: [],
        };
        const rules = [...rows.rules, { ...rule, effect: "DENY" as const, description: null, justification: null }];
        const [before, after] = [decide(factsOf(rows), request), decide(factsOf({ ...rows, rules }), request)];
        assert.ok(before.outcome === "ALLOW" || after.outcome === "DENY");
        if (before.outcome !== after.outcome) denied++;
      },
    ),
    { numRuns: runs(3000) },
  );
  assert.ok(denied > atLeast(20), `${denied} were denied`);
});

test("parts of a scope are within it and within the ceiling, and no more than they have in common", () => {
  const letters = fc.constantFrom("r", "s", "rs", "crs");
  const values = fc.subarray(["a", "b", "c", "s|a", "s|"], { minLength: 1, maxLength: 3 });
  const scope = fc
    .tuple(
      fc.constantFrom("patient", "user"),
      fc.constantFrom("*", "Observation", "Condition"),
      letters,
      fc.option(values),
    )
    .map(([context, type, of, category]) =>
      parseSmartScope(
        `${context}/${type}.${of}${category === null || type === "*" ? "" : `?category=${category.join(",")}`}`,
      ),
    );
  fc.assert(
    fc.property(scope, fc.array(scope, { maxLength: 6 }), (asked, granted) => {
      const held = granted.flatMap((each) => each ?? []);
      const ceiling = new Ceiling(held);
      for (const atom of asked?.atoms ?? []) {
        const parts = ceiling.partsOf(atom);
        const common = new Ceiling([{ ...held[0], atoms: meet([atom], ceiling.atoms) } as (typeof held)[number]]);
        for (const part of parts) {
          assert.ok(common.coversWhole({ ...asked, atoms: [part] } as (typeof held)[number]));
          assert.ok(ceiling.coversWhole({ ...asked, atoms: [part] } as (typeof held)[number]));
        }
      }
    }),
    { numRuns: runs(2000) },
  );
});

test("a client of a thousand grants and a token of a thousand scopes are intersected in few steps", () => {
  const scopes = (parameter: string) =>
    Array.from({ length: 1000 }, (_, i) => parseSmartScope(`user/Observation.rs?${parameter}=c${i}`)).flatMap(
      (s) => s ?? [],
    );
  const ceiling = new Ceiling(scopes("code"));
  let parts = 0;
  for (const { atoms } of scopes("category"))
    for (const atom of atoms) parts += ceiling.partsFor(atom, "Observation").length;
  assert.ok(parts > 0 && parts <= 2 * 1000 * 32, `${parts} parts`);
});
