import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { withinCeiling } from "../../src/domain/decisions/granting/narrow.ts";
import { mayPresent } from "../../src/domain/decisions/holds/grants.ts";
import type { AccessRecord, AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { holdsAt, type Rule } from "../../src/domain/policy/types.ts";
import { covers } from "../../src/domain/scopes/algebra.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import { minimalScopes, type Proposal } from "../../src/domain/simulation/minimalScopes.ts";
import { scopeNamesOne } from "../../src/domain/simulation/namesOne.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";
import { NO_VERSIONS } from "../support/records.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
const breathe = () => Promise.resolve();

/** The generators' small world, with constraints, so that searches are narrowed by several scopes at once. */
const CONSTRAINED = ["a", "b", "a,b"].map((codes) => `patient/Observation.rs?category=${codes}`);
const grants = fc.uniqueArray(fc.constantFrom(...CONSTRAINED, "patient/*.rs", "user/*.r"), { maxLength: 4 });
const openRules: readonly Rule[] = ["*", ...CONSTRAINED].map((scope, i) => ({
  id: `open-${i}`,
  role: "*",
  scope,
  action: "*",
  resourceType: "*",
  when: null,
  effect: "ALLOW",
  obligations: i === 2 ? [{ type: "log", parameters: null }] : [],
  description: null,
  justification: null,
}));
const traffic = fc.array(
  fc.record({ request: requests, category: fc.constantFrom(null, "a", "b", "c"), smart: grants }).map(
    ({ request, category, smart }): AccessRequest => ({
      ...request,
      clientId: "c1",
      scopes: request.scopes === null ? null : [...request.scopes, ...smart],
      resource: {
        ...request.resource,
        attributes: category === null ? request.resource.attributes : { ...request.resource.attributes, category },
      },
    }),
  ),
  { minLength: 1, maxLength: 12 },
);
const worlds = fc
  .record({ rows: policies, extra: grants, open: fc.subarray([...openRules]) })
  .map(({ rows, extra, open }): Rows => {
    const own = rows.grants.filter((g) => !(g.clientId === "c1" && extra.includes(g.scope)));
    const held = extra.map((scope) => ({ clientId: "c1", scope, validFrom: null, validUntil: null }));
    const clients = rows.clients.map((client) => ({ ...client, status: "ACTIVE" as const }));
    return { ...rows, clients, grants: [...own, ...held], rules: [...rows.rules, ...open] };
  });

const records = (asked: readonly AccessRequest[]): readonly AccessRecord[] =>
  asked.map((request, i) => ({
    kind: "ACCESS",
    id: `d${i}`,
    decidedAt: NOW,
    callerId: "key:1",
    outcome: "ALLOW",
    scope: null,
    reasons: [],
    obligations: [],
    policyRevision: 1,
    semantics: 1,
    request,
  }));

async function proposed(rows: Rows, asked: readonly AccessRequest[]): Promise<Proposal> {
  const facts = { snapshot: snapshotFrom(rows), engine, now: NOW };
  return minimalScopes({ facts, changeFacts }, "c1", records(asked), { breathe, ...NO_VERSIONS });
}

test("what the client was allowed, it is allowed under the proposal: no decision flips", async () => {
  let [narrowed, dropped, allowed] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(worlds, traffic, async (rows, asked) => {
      const now = { snapshot: snapshotFrom(rows), engine, now: NOW };
      const proposal = await proposed(rows, asked);
      assert.deepEqual(proposal.flips, []);
      narrowed += proposal.scopes.filter((scope) => scope.narrowed).length;
      dropped += proposal.dropped.length;
      let then = now;
      if (proposal.operations.length > 0) {
        const applied = applyOperations(now.snapshot, proposal.operations, changeFacts);
        assert.ok(applied.ok);
        then = { ...now, snapshot: applied.snapshot };
      }
      // By hand, and not by the code under test: the token's scopes are narrowed as granting narrows them.
      for (const request of asked) {
        if (decide(now, request).outcome === "DENY") continue;
        allowed++;
        const scopes =
          request.scopes?.flatMap((scope) => {
            const smart = parseSmartScope(scope);
            if (smart === null || !mayPresent(now, "c1", scope, smart)) return [scope];
            const { scopes: held } = withinCeiling(then, "c1", scope, smart);
            return held.length === 0 ? [scope] : held;
          }) ?? null;
        assert.equal(decide(then, { ...request, scopes }).outcome, "ALLOW", JSON.stringify(proposal));
      }
    }),
    { numRuns: runs(1500) },
  );
  assert.ok(
    narrowed > atLeast(100) && dropped > atLeast(500) && allowed > atLeast(400),
    `too little seen: ${[narrowed, dropped, allowed]}`,
  );
});

test("nothing is proposed beyond what is granted, and what nobody needs is not proposed", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, traffic, async (rows, asked) => {
      const { scopes, dropped, checked, notAllowedNow } = await proposed(rows, asked);
      const held = rows.grants.filter((g) => g.clientId === "c1" && holdsAt(g, NOW)).map(({ scope }) => scope);
      assert.equal(checked + notAllowedNow, asked.length);
      for (const { scope, from } of scopes) {
        const atoms = parseSmartScope(scope)?.atoms ?? [];
        for (const grant of from) {
          assert.ok(held.includes(grant));
          assert.ok(grant === scope || covers(parseSmartScope(grant)?.atoms ?? [], atoms), `${scope} from ${grant}`);
        }
      }
      const told = [...scopes.flatMap(({ from }) => from), ...dropped.map(({ scope }) => scope)];
      assert.deepEqual([...new Set(told)].sort(), held.sort());
      // Grants that name a patient, a person or a resource stay, whatever they would be needed for.
      const kept = held.filter((scope) => scopeNamesOne([snapshotFrom(rows)], scope));
      if (checked === 0) assert.deepEqual(scopes.map(({ scope }) => scope).sort(), kept.sort());
    }),
    { numRuns: runs(500) },
  );
});

test("with custom scopes only, no smaller choice of grants would do", async () => {
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(worlds, traffic, async (rows, asked) => {
      const custom = { ...rows, grants: rows.grants.filter(({ scope }) => parseSmartScope(scope) === null) };
      const now = { snapshot: snapshotFrom(custom), engine, now: NOW };
      const proposal = await proposed(custom, asked);
      if (!proposal.smallest || proposal.scopes.length === 0) return;
      const kept = proposal.scopes.map(({ scope }) => scope);
      for (const left of kept.filter((scope) => !scopeNamesOne([now.snapshot], scope))) {
        const without = custom.grants.filter(
          (g) => g.clientId !== "c1" || (kept.includes(g.scope) && g.scope !== left),
        );
        const then = { ...now, snapshot: snapshotFrom({ ...custom, grants: without }) };
        const same = asked.every((request) => {
          const before = decide(now, request);
          const after = decide(then, request);
          return (
            before.outcome === "DENY" ||
            (JSON.stringify(before.obligations) === JSON.stringify(after.obligations) && after.outcome === "ALLOW")
          );
        });
        tried++;
        assert.ok(!same, `${left} is not needed`);
      }
    }),
    { numRuns: runs(1200) },
  );
  assert.ok(tried > atLeast(15), `only ${tried} were tried`);
});
