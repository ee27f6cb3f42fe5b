import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/domain/decisions/inputReader.ts";
import { readWhoCan } from "../../src/domain/simulation/search/whoCan.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { bodyOf, homeless, pdpOver, searchSubject } from "../authzen/support.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW } from "../support/policies.ts";
import { type Asker, allMatches, asked, completions, everybody, requestOf } from "../support/whoCan.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const pages = fc.record({ first: fc.integer({ min: 1, max: 4 }), work: fc.constantFrom(1, 40, 1e9) });
const nameOf = ({ clientId, subject }: Asker): string =>
  JSON.stringify([clientId, subject?.type ?? null, subject?.id ?? null]);

test("whoCan lists as ALLOW exactly those whom decide allows, in one order, whatever the pages", async () => {
  let listed = 0;
  await fc.assert(
    fc.asyncProperty(asked, pages, async ({ input, world }, page) => {
      const facts = { ...world.facts, engine, now: NOW };
      const template = readWhoCan(input, DEFAULT_INPUT_LIMITS);
      const matches = await allMatches(facts, input, page);
      const names = matches.map(({ clientId, subjectId, subjectType }) =>
        JSON.stringify([clientId, subjectType, subjectId]),
      );
      const all = everybody(world).map(nameOf);
      assert.deepEqual(
        names,
        all.filter((name) => names.includes(name)),
        "each once, in order",
      );
      const allowed = everybody(world).flatMap((asker) => {
        const { outcome, obligations, scope } = decide(facts, requestOf(template, asker));
        return outcome === "ALLOW" ? [{ name: nameOf(asker), scope, obligations }] : [];
      });
      const found = matches.flatMap(({ access, obligations, scope }, i) =>
        access === "ALLOW" ? [{ name: names[i], scope, obligations }] : [],
      );
      assert.deepEqual(found, allowed);
      listed += found.length;
    }),
    { numRuns: runs(600) },
  );
  assert.ok(listed > atLeast(150), `only ${listed} were allowed: the law was hardly tried`);
});

test("whoCan lists as CONDITIONAL exactly those whom decide could allow if more were said", async () => {
  let listed = 0;
  let left = 0;
  await fc.assert(
    fc.asyncProperty(asked, async ({ input, world }) => {
      const facts = { ...world.facts, engine, now: NOW };
      const template = readWhoCan(input, DEFAULT_INPUT_LIMITS);
      const matches = await allMatches(facts, input, { first: 1000, work: 1e9 });
      const byName = new Map(
        matches.map(({ access, clientId, subjectId, subjectType }) => [
          JSON.stringify([clientId, subjectType, subjectId]),
          access,
        ]),
      );
      for (const asker of everybody(world)) {
        const access = byName.get(nameOf(asker));
        if (access === "ALLOW") continue;
        let isPossible = false;
        for (const request of completions(requestOf(template, asker)))
          if (decide(facts, request).outcome === "ALLOW") {
            isPossible = true;
            break;
          }
        assert.equal(access === "CONDITIONAL", isPossible, nameOf(asker));
        if (isPossible) listed++;
        else left++;
      }
    }),
    { numRuns: runs(240) },
  );
  assert.ok(
    listed > atLeast(30) && left > atLeast(100),
    `only ${listed} were listed, ${left} were not: the law was hardly tried`,
  );
});

test("what AuthZEN's subject search finds is what whoCan allows by way of one client", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(asked, fc.constantFrom("user", "device", "robot"), async ({ input, world }, subjectType) => {
      const { directory, snapshot } = world.facts;
      if (directory === undefined || typeof input.resource.id !== "string") return;
      const clientId = "c1";
      const { attributes, labels, organization, patient, patients } = input.resource;
      const properties = { ...(attributes as object | null), labels, organization, patient, patients };
      const body = {
        subject: { type: subjectType },
        action: { name: input.action },
        resource: { type: input.resource.type, id: input.resource.id, properties },
        context: { client_id: clientId, purpose_of_use: input.purposeOfUse, patient: input.context?.patient },
        page: { limit: 1000 },
      };
      const answer = bodyOf(
        await searchSubject(
          pdpOver(snapshot, directory),
          homeless,
          JSON.parse(JSON.stringify(body, (_, value) => value ?? undefined)),
        ),
      );
      const ids = answer.results
        .map(({ id }: { id: string }) => id)
        .filter((id: string) => id !== clientId || subjectType !== "user");
      const matches = await allMatches(
        { ...world.facts, engine, now: NOW },
        { ...input, clientId, subjectType },
        { first: 2, work: 50 },
      );
      const allowed = matches.flatMap(({ access, subjectId }) => (access === "ALLOW" ? [subjectId] : []));
      assert.deepEqual(ids, allowed);
      found += ids.length;
    }),
    { numRuns: runs(600) },
  );
  assert.ok(found > atLeast(10), `only ${found} were found: the law was hardly tried`);
});
