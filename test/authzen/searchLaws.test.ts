import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AuthzenDeps } from "../../src/authzen/deps.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { Rule, ScopeVersion } from "../../src/domain/policy/types.ts";
import { atomsOf } from "../../src/domain/scopes/atom.ts";
import { knownActions } from "../../src/domain/simulation/search/candidates.ts";
import { CONDITIONS, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";
import { bodyOf, evaluation, homeless, pdpOver, searchAction, searchResource, searchSubject } from "./support.ts";

type Search = typeof searchAction;

/** A generated request in the words of the standard, with a subject and an id. */
const questions = requests.map((request) => ({
  subject: { type: "user", id: request.subject?.id ?? "p1" },
  action: { name: request.action },
  resource: {
    type: request.resource.type,
    id: request.resource.id ?? "x",
    properties: JSON.parse(
      JSON.stringify({
        ...request.resource.attributes,
        patient: request.resource.patient ?? undefined,
        patients: request.resource.patients ?? undefined,
        organization: request.resource.organization ?? undefined,
        labels: request.resource.labels ?? undefined,
      }),
    ) as object,
  },
  context: JSON.parse(
    JSON.stringify({
      client_id: request.clientId,
      // Half of the time, whatever the client is granted.
      scopes: (request.context === null ? null : request.scopes) ?? undefined,
      purpose_of_use: request.purposeOfUse ?? undefined,
      patient: request.context?.patient ?? undefined,
    }),
  ) as object,
}));

async function all(search: Search, deps: AuthzenDeps, body: object, limit: number): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let page: object = { limit }; ; ) {
    const answer = bodyOf(await search(deps, homeless, { ...body, page }));
    assert.ok(answer.results.length <= limit);
    results.push(...answer.results);
    if (answer.page.next_token === "") return results;
    page = { token: answer.page.next_token };
  }
}

/** Of these requests, those that an evaluation answers with true; as text, obligations included. */
async function permitted<T extends object>(deps: AuthzenDeps, asked: readonly (readonly [T, object])[]) {
  const found: object[] = [];
  for (const [entity, body] of asked) {
    const answer = bodyOf(await evaluation(deps, homeless, body));
    if (answer.decision === true)
      found.push({ ...entity, ...(answer.context === undefined ? {} : { context: answer.context }) });
  }
  return found;
}

const properties: fc.Arbitrary<NewEntity["properties"]> = fc.constantFrom(
  null,
  {},
  { level: 5 },
  { labels: ["R"] },
  { patient: "p1", level: 2 },
  { organization: "o1" },
  { patient: "p2", labels: ["N", "R"], organization: "o2", level: 5 },
  { organization: "o1", name: "somebody", level: 4 },
);
const directories: fc.Arbitrary<NewEntity[]> = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom("user", "Observation", "Observation", "Observation", "Condition", "todo"),
    id: fc.constantFrom("p1", "p3", "x", "y", "z", "\u{1f600}", "\uffee"),
    properties,
  }),
  { selector: ({ type, id }) => `${type} ${id}`, minLength: 6, maxLength: 16 },
);
const always = { validFrom: null, validUntil: null };
function scopeOf(name: string, actions: readonly string[]): ScopeVersion {
  const declarations = [{ context: "ANY" as const, resourceType: "*", actions, constraint: null }];
  const atoms = atomsOf(declarations);
  if (!atoms.ok) throw new Error(atoms.message);
  return {
    name,
    version: 1,
    state: "ACTIVE",
    title: null,
    description: null,
    translations: [],
    declarations,
    requiresConsent: false,
    justification: null,
    deprecatedAt: null,
    sunsetAt: null,
    replacedBy: null,
    retiredAt: null,
    atoms: atoms.value,
  };
}
const ruleOf = (id: string, scope: string, more: Pick<Rule, "role" | "when" | "obligations">): Rule => ({
  id,
  scope,
  action: "*",
  resourceType: "*",
  effect: "ALLOW",
  description: null,
  justification: null,
  ...more,
});
/** What makes results likely: scopes that every client has, and allow rules on them that ask for something. */
function generous(rows: Rows, conditions: readonly string[]): Rows {
  const scopes = [scopeOf("s9", ["read", "approve", "search"]), scopeOf("s8", ["approve"])];
  const rules = conditions.map((when, i) =>
    ruleOf(`generous-${i}`, "s9", {
      role: i % 2 === 0 ? "*" : "r5",
      when,
      obligations: i === 1 ? [{ type: "log", parameters: null }] : [],
    }),
  );
  return {
    ...rows,
    clients: rows.clients.map((client) => ({ ...client, status: "ACTIVE" as const })),
    scopes: [...rows.scopes, ...scopes],
    grants: [
      ...rows.grants,
      ...rows.clients.flatMap(({ id }) => scopes.map(({ name }) => ({ clientId: id, scope: name, ...always }))),
    ],
    rules: [
      ...rows.rules,
      ...rules,
      ruleOf("approvals", "s8", { role: "r5", when: conditions[0] ?? "true", obligations: [] }),
    ],
  };
}

const worlds = fc
  .tuple(
    policies,
    fc.array(fc.constantFrom(...CONDITIONS.keys(), "true", "true"), { minLength: 1, maxLength: 3 }),
    directories,
  )
  .map(([some, conditions, directory]) => {
    const rows = generous(some, conditions);
    const known = directoryOf(
      directory.map((entity) => ({ ...entity, version: 1 })),
      1,
    );
    return { rows, directory, known, snapshot: snapshotFrom(rows) };
  });

const byCodeUnits = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();
const told = ({ type, id, properties }: NewEntity): object => ({
  type,
  id,
  ...(properties === null ? {} : { properties }),
});

for (const [name, search, searched] of [
  ["subject", searchSubject, "subject"],
  ["resource", searchResource, "resource"],
] as const) {
  test(`a ${name} search finds exactly the known entities for which an evaluation is true`, async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(worlds, questions, fc.integer({ min: 1, max: 3 }), async (world, question, limit) => {
        const deps = pdpOver(world.snapshot, world.known);
        const { type } = question[searched];
        const results = await all(search, deps, { ...question, [searched]: { type } }, limit);
        const registered = new Map(world.directory.filter((e) => e.type === type).map((e) => [e.id, e]));
        const assigned =
          searched === "subject"
            ? world.rows.assignments.flatMap((row) => (row.subjectType === type ? (row.subjectId ?? []) : []))
            : [];
        const known = byCodeUnits([...registered.keys(), ...assigned]).map((id) =>
          told(registered.get(id) ?? { type, id, properties: null }),
        );
        const expected = await permitted(
          deps,
          known.map((entity) => [entity, { ...question, [searched]: entity }] as const),
        );
        assert.deepEqual(results, expected);
        found += results.length;
      }),
      { numRuns: 600 },
    );
    assert.ok(found > 50, `only ${found} results: the law was hardly tried`);
  });
}

const ACTIONS = ["read", "search", "approve", "create", "update", "delete"];
const SCOPES = ["s1", "s2", "s3", "s8", "s9"];

test("an action search finds exactly the actions for which an evaluation is true", async () => {
  let hits = 0;
  let byScope = 0;
  await fc.assert(
    fc.asyncProperty(
      worlds,
      questions,
      fc.integer({ min: 1, max: 3 }),
      async ({ known, snapshot }, question, limit) => {
        const deps = pdpOver(snapshot, known);
        const { action: _, ...body } = question;
        const found = await all(searchAction, deps, body, limit);
        // Names from outside the code under test: whatever the policies can be about.
        const names = [...new Set([...ACTIONS, ...(await knownActions(deps.snapshot, deps.breathe))])].sort();
        const expected = await permitted(
          deps,
          names.map((name) => [{ name }, { ...question, action: { name } }] as const),
        );
        assert.deepEqual(found, expected);
        hits += found.length;
        // No scope stands there by its name, but what may be asked for by one is there by its action.
        const actions = found.map((result) => (result as { name: string }).name);
        assert.ok(!SCOPES.some((name) => actions.includes(name)));
        for (const name of SCOPES) {
          const allowed = await permitted(deps, [[{ name }, { ...question, action: { name } }] as const]);
          if (allowed.length === 0) continue;
          byScope++;
          const permits = (snapshot.scopes.get(name) ?? []).flatMap(({ atoms }) => atoms.map(({ action }) => action));
          assert.ok(permits.some((action) => actions.includes(action)));
        }
      },
    ),
    { numRuns: 600 },
  );
  assert.ok(hits > 50 && byScope > 8, `only ${hits} results, ${byScope} by scope: the law was hardly tried`);
});
