import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { at, callerOf, openWorld, pathsOf, type World } from "../graphql/world.ts";
import { atLeast, runs } from "../support/budget.ts";
import { inputOf, NOW, policies, type Rows, requests } from "../support/policies.ts";

const DECIDED =
  "outcome scope reasons { code message ruleId role scope } reasonCount sufficientScopes obligations { type parameters }";
const ASK = `query ($input: AuthorizeInput!) { authorize(input: $input) { id ${DECIDED} } }`;
const SIMULATE = `query ($input: SimulateInput!) {
  simulate(input: $input) { baseRevision changed results { changed before { ${DECIDED} } after { ${DECIDED} } } } }`;
const APPLY = `mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) {
  revision changeCount changes { noun key summary before after } } }`;

const REPLAY = `query ($input: ReplayInput!) { replay(input: $input) {
  read replayed allowToDeny denyToAllow samples { decision { id } base { ${DECIDED} } after { ${DECIDED} } } } }`;
const AUDITOR = callerOf("key:auditor", "auditor");

const text = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

/** The same policy as operations; what only time or earlier versions can bring about stays out. */
function operationsOf({ clients, grants, roles, assignments, rules, organizations = [] }: Rows): readonly object[] {
  const period = ({ validFrom, validUntil }: Rows["grants"][number] | Rows["assignments"][number]) => ({
    validFrom: text(validFrom),
    validUntil: validUntil !== null && validUntil <= NOW ? null : text(validUntil),
  });
  return [
    ...clients.map(({ id, name, status, protocolScopes }) => ({ putClient: { id, name, status, protocolScopes } })),
    ...[...roles].reverse().map(({ name, inherits }) => ({ putRole: { name, inherits } })),
    ...grants.map((grant) => ({ grantScope: { clientId: grant.clientId, scope: grant.scope, ...period(grant) } })),
    ...assignments.map((one) => {
      const { subjectId, subjectType, clientId, role, organization } = one;
      const holder = clientId === null ? { subjectId, subjectType } : { clientId };
      return { assignRole: { ...holder, role, organization, ...period(one) } };
    }),
    ...rules.map(({ id, role, scope, action, resourceType, when, effect, obligations }) => {
      const justification = "This policy is for a test.";
      return { putRule: { id, role, scope, action, resourceType, when, effect, obligations, justification } };
    }),
    ...organizations.map(({ id, patientScopesReachShared }) => ({
      putOrganization: { id, settings: { patientScopesReachShared }, justification: "This policy is for a test." },
    })),
  ];
}

/** Scopes that the generated policies name, and what is there before the first change. */
const FIRST = [
  ...["s1", "s2", "s3"].flatMap((name) => [
    {
      putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read", "search"] }], justification: "Test." },
    },
    { activateScope: { name } },
  ]),
  ...["c1", "c2", "c3"].map((id) => ({ putClient: { id, name: id } })),
  ...["r5", "r4", "r3", "r2", "r1", "r0"].map((name) => ({ putRole: { name } })),
  ...["c1", "c2", "c3"].map((clientId) => ({ grantScope: { clientId, scope: "s1" } })),
  { putScope: { name: "s9", atoms: [{ resourceType: "Observation", actions: ["read"] }], justification: "Test." } },
  { activateScope: { name: "s9" } },
  { putClient: { id: "c9", name: "c9" } },
  { grantScope: { clientId: "c9", scope: "s9" } },
  {
    putRule: {
      id: "open",
      role: "*",
      scope: "s9",
      action: "read",
      resourceType: "*",
      effect: "ALLOW",
      justification: "T",
    },
  },
];

const OF_OPEN = { role: "*", scope: "s9", action: "*", resourceType: "*", justification: "Test." };
const CLOSING = { ...OF_OPEN, id: "closing", effect: "DENY" };

interface Decided {
  readonly outcome: string;
  readonly scope: string | null;
  readonly reasons: readonly Record<"code" | "ruleId" | "role" | "scope", unknown>[];
  readonly obligations: readonly { readonly type: string }[];
}
async function decided(
  world: World,
  request: AccessRequest,
): Promise<{ readonly id: string; readonly verdict: Decided }> {
  const { id, ...verdict } = at(await world.data(ASK, { input: inputOf(request) }), "authorize") as Decided & {
    id: string;
  };
  return { id, verdict };
}
/** What a replay shows of an answer: what identifies people is not kept with it. */
const shown = ({ obligations, outcome, reasons, scope }: Decided) => ({
  ...{ outcome, scope, obligations: obligations.map(({ type }) => type) },
  reasons: reasons.map(({ code, role, ruleId, scope: of }) => ({ code, role, ruleId, scope: of })),
});

test("a simulated change, a dry run, a replay and the change itself tell the same, refusals too", async () => {
  const world = await openWorld();
  await world.data(APPLY, { input: { operations: FIRST, reason: "a beginning" } });
  let turn = 0;
  const seen = { applied: 0, refused: 0, changed: 0, flipped: 0 };
  const generated = fc.tuple(policies, fc.array(requests, { minLength: 4, maxLength: 4 }), fc.infiniteStream(fc.nat()));
  for (const [rows, asked, chosen] of fc.sample(generated, runs(150))) {
    const all = operationsOf(rows);
    const drawn = [...chosen.take(1 + (rows.rules.length % 6))].map((n) => all[n % all.length]);
    // An access that is allowed, and a change that takes it away or gives it back.
    const flip = { [turn % 2 === 0 ? "putRule" : "deleteRule"]: turn % 2 === 0 ? CLOSING : { id: CLOSING.id } };
    const operations = turn++ % 4 < 2 ? [flip] : drawn;
    // Roles are asserted by callers with a list of their own.
    const allowed = asked.slice(0, 1).map((request) => ({
      ...request,
      ...{ action: "read", clientId: "c9", purposeOfUse: null, scopes: ["s9"], subject: null },
      resource: { ...request.resource, type: "Observation", id: "o1" },
    }));
    const questions = [...asked, ...allowed].map(({ subject, ...request }) => ({
      ...request,
      subject: subject && { ...subject, roles: null },
    }));
    const input = { operations, requests: questions.map(inputOf) };
    // The decisions of this turn alone are in its millisecond.
    world.clock.now += 1;
    const window = { from: text(world.clock.now), to: text(world.clock.now + 1) };
    const now = await Promise.all(questions.map((one) => decided(world, one)));
    const nothing = at(await world.data(SIMULATE, { input: { ...input, operations: [] } }), "simulate");
    assert.equal(at(nothing, "changed"), 0);
    const simulated = await world.ask(SIMULATE, { input });
    const tried = await world.ask(APPLY, { input: { operations, reason: "a try", dryRun: true } });
    const replayed = await world.ask(REPLAY, { input: { operations, filter: window, samples: 100 } }, AUDITOR);
    const applied = await world.ask(APPLY, { input: { operations, reason: "a change" } });
    if (applied.errors.length > 0) {
      seen.refused++;
      const paths = (from: typeof applied) =>
        from.errors.map((each) => pathsOf(each).map((path) => String(path).replace(/^input\./, "")));
      assert.notDeepEqual(paths(applied), [[]]);
      for (const other of [simulated, tried, replayed]) assert.deepEqual(paths(other), paths(applied));
      continue;
    }
    seen.applied++;
    const changes = (answer: unknown) => at(answer, "applyPolicy");
    assert.deepEqual(changes(tried.data), changes(applied.data));
    type Result = { readonly before: Decided; readonly after: Decided; readonly changed: boolean };
    const results = at(simulated.data, "simulate", "results") as readonly Result[];
    const replay = at(replayed.data, "replay");
    const flips = (from: string, to: string): number =>
      results.filter(({ after, before }) => before.outcome === from && after.outcome === to).length;
    assert.deepEqual(
      ["read", "replayed", "allowToDeny", "denyToAllow"].map((count) => at(replay, count)),
      [now.length, now.length, flips("ALLOW", "DENY"), flips("DENY", "ALLOW")],
    );
    type Sample = { readonly decision: { readonly id: string }; readonly base: Decided; readonly after: Decided };
    for (const { after, base, decision } of at(replay, "samples") as readonly Sample[]) {
      const result = results[now.findIndex(({ id }) => id === decision.id)];
      assert.ok(result);
      assert.deepEqual([shown(base), shown(after)], [shown(result.before), shown(result.after)]);
      seen.flipped++;
    }
    for (const [i, request] of questions.entries()) {
      const { verdict: after } = await decided(world, request);
      const before = now[i]?.verdict;
      assert.deepEqual(results[i], { before, after, changed: JSON.stringify(after) !== JSON.stringify(before) });
      if (results[i]?.changed === true) seen.changed++;
    }
  }
  assert.ok(
    seen.applied > atLeast(60) && seen.refused > atLeast(5) && seen.changed > atLeast(10) && seen.flipped > atLeast(5),
    JSON.stringify(seen),
  );
});
