// What holds of emergencies, whatever the policy says.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { atLeast, runs } from "../support/budget.ts";
import { aimed, NOW, policies, requests, snapshotFrom } from "../support/policies.ts";
import { allMatches, everybody, asked as questions } from "../support/whoCan.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const open = (subject: { readonly id: string; readonly type: string }, patient: string, organization: string) =>
  keptBreakGlass(`${subject.type}/${subject.id} ${patient}`, { subject, patient, organization, endsAt: NOW + 1 });

test("without one that is open nothing is allowed to break glass, no access and no token", () => {
  fc.assert(
    fc.property(policies, requests, fc.nat({ max: 40 }), (rows, any, n) => {
      const request = { ...aimed(rows, any, n), purposeOfUse: "BTG" as const };
      const elsewhere = open({ id: "somebody", type: "user" }, request.resource.patient ?? "p1", "o1");
      for (const breakGlasses of [[], [elsewhere]]) {
        const facts = { snapshot: snapshotFrom(rows), engine, now: NOW, gathered: { breakGlasses, consents: [] } };
        assert.equal(decide(facts, request).outcome, "DENY");
        const { clientId, context, purposeOfUse, requestId, subject } = request;
        const scopes = request.scopes ?? ["s1", "patient/*.rs", "user/*.rs"];
        const token = { clientId, context, heldScopes: [], languages: null, purposeOfUse, requestId, scopes, subject };
        const granted = decideGrant(facts, token).details.scopes.flatMap((each) => each.scopes);
        assert.deepEqual(
          granted.filter((scope) => /^(s\d|patient\/|user\/|system\/)/.test(scope)),
          [],
        );
      }
    }),
    { numRuns: runs(800) },
  );
});

test("whoCan names for it whom decide allows, and nobody else who holds the same roles", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(questions, fc.nat({ max: 3 }), async ({ input, world }, n) => {
      const of = (input.resource.attributes ?? {}) as object;
      const attributes = "subject" in of ? { ...of, subject: "Patient/p1" } : of;
      const resource = { ...input.resource, patient: "p1", patients: null, organization: "o1", attributes };
      const question = {
        ...input,
        purposeOfUse: "BTG",
        resource: resource.type === "Patient" ? { ...resource, id: "p1" } : resource,
      };
      const people = everybody(world).flatMap(({ subject }) => subject ?? []);
      const breakGlasses = people.filter((_, i) => i % (n + 1) === 0).map((subject) => open(subject, "p1", "o1"));
      const facts = { ...world.facts, engine, now: NOW, gathered: { breakGlasses, consents: [] } };
      const matches = await allMatches(facts, question, { first: 1000, work: 1e9 });
      for (const match of matches.filter(({ access }) => access === "ALLOW")) {
        const subject = people.find(({ id, type }) => id === match.subjectId && type === match.subjectType);
        assert.ok(
          subject !== undefined && breakGlasses.some((each) => each.subject === subject),
          JSON.stringify(match),
        );
        found++;
      }
    }),
    { numRuns: runs(150) },
  );
  assert.ok(found > atLeast(10), `only ${found} were found`);
});
