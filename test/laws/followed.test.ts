// Whatever is decided is followed: after decisions of any shape every question of audit is answered, on both databases.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { Caller } from "../../src/domain/callers/types.ts";
import { createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import type { GatheredFacts } from "../../src/domain/decisions/gather.ts";
import type { DecideGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { apply, openWorld } from "../graphql/world.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { backends } from "../storage/backends.ts";
import { rule } from "../storage/samples.ts";
import { unanswered } from "../support/auditQuestions.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { consentOf } from "../support/consents.ts";
import { purpose as asPurpose } from "../support/oneForm.ts";
import { aimed, anyRole, inputOf, NOW, policies, requests, snapshotFrom } from "../support/policies.ts";
import { restrictions } from "../support/restrictions.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const CALLER: Caller = {
  id: "key:gateway",
  roles: new Set(["service"]),
  defaultClientId: null,
  assertRoles: anyRole,
};

/** What a request may say where texts are free: what JSON, SQL and the index's own marks are made of, long texts, other scripts. */
const anyText = fc.oneof(
  pick("'\"\\", "|a|b|", "{}", "$1", "?1", "%_", "[erased]", "\u00e5\u4e16\u{1f489}", "x".repeat(256)),
  fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
);
/** Long scopes that no database can make short, so that a token is longer than an index takes. */
const longScope = fc
  .array(fc.string({ minLength: 300, maxLength: 300, unit: pick(..."abcdefghijklmnopqrstuvwxyz0123456789") }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((names) => names.map((name) => `https://example.org/${name}`));
const PROTOCOL = ["openid", "profile", "launch/patient", "offline_access", "__x"];
const NAMES = ["s1", "s2", "s3", "patient/*.rs", "patient/Observation.rs", "user/*.cruds", "system/*.rs", "unknown"];
const token = fc.oneof(
  fc.uniqueArray(pick(...PROTOCOL), { minLength: 1, maxLength: 4 }),
  fc.uniqueArray(pick(...PROTOCOL, ...NAMES, ...NAMES), { maxLength: 6 }),
  longScope,
  fc.array(anyText, { minLength: 1, maxLength: 2 }),
);
const purpose = pick(null, null, "TREAT", "HRESCH", "BTG");

const gathered: fc.Arbitrary<GatheredFacts> = fc.record({
  consents: fc.subarray([
    ...["p1", "p2"].map((patient) => consentOf({ id: `yes ${patient}`, patient, madeAt: 1 })),
    consentOf({ id: "no", patient: "p1", effect: "DENY" }),
    consentOf({ id: "treatment", patient: "p2", purposes: ["TREAT"] }),
  ]),
  breakGlasses: fc.subarray(
    ["o1", "o2"].map((organization) =>
      keptBreakGlass(`open in ${organization}`, {
        subject: { type: "user", id: "p1" },
        ...{ patient: "p1", organization, startedAt: NOW - 1, endsAt: NOW + 60_000 },
      }),
    ),
  ),
  restrictions: restrictions.map(([, kept]) => kept),
});

/** Half of them let everybody use what a client is granted: else few accesses are allowed. */
const openPolicies = fc
  .tuple(policies, fc.boolean())
  .map(([rows, isOpen]) => (isOpen ? { ...rows, rules: [...rows.rules, rule("open", { action: "*" })] } : rows));

const questions = fc.record({
  rows: openPolicies,
  known: gathered,
  accesses: fc.array(
    fc.record({ any: requests, n: fc.nat({ max: 40 }), purpose, text: fc.option(anyText, { freq: 1 }) }),
    {
      minLength: 30,
      maxLength: 30,
    },
  ),
  tokens: fc.array(fc.record({ any: requests, n: fc.nat({ max: 40 }), purpose, scopes: token }), {
    minLength: 4,
    maxLength: 4,
  }),
});

/** Few: each asks some twenty questions of a database. */
const RUNS = 8;
const ABOUT = { patient: "p1", client: "c1", from: NOW - 86_400_000 };

for (const { name, start } of backends) {
  const starting = start();
  after(async () => (await starting).stop());

  test(`after decisions of any shape every question of audit is answered (${name})`, async () => {
    const world = await openWorld({
      url: await (await starting).fresh(),
    });
    await apply(world, [
      { putClient: { id: "c1", name: "Portal" } },
      { grantScope: { clientId: "c1", scope: "patient/*.rs" } },
    ]);
    let ids = 0;
    const answered: Record<string, number> = {};
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(questions, async ({ accesses, known, rows, tokens }) => {
        const snapshot = snapshotFrom(rows);
        const authorizer = createAuthorizer({
          ...{
            engine,
            snapshot: () => snapshot,
            journal: world.storage.journal,
            decisions: world.storage.decisions,
            clock: () => NOW,
          },
          newId: () => `decision-${ids++}`,
          factSources: [{ gather: ({ requests }) => requests.map(() => known) }],
        });
        /** What a request may not say is refused before anything is decided. */
        const note = async (deciding: Promise<readonly { readonly kind: string; readonly outcome: string }[]>) => {
          const records = await deciding.catch((error: unknown) => {
            if (error instanceof ScopewardenError && error.code === "BAD_USER_INPUT") return [];
            throw error;
          });
          decided += records.length;
          for (const { kind, outcome } of records)
            answered[`${kind} ${outcome}`] = (answered[`${kind} ${outcome}`] ?? 0) + 1;
        };
        for (const { any, n, purpose, text } of accesses) {
          const request = aimed(rows, { ...any, purposeOfUse: asPurpose(purpose) }, n);
          const input = inputOf(request);
          const odd =
            text === null
              ? input
              : {
                  ...input,
                  action: text,
                  resource: {
                    ...input.resource,
                    id: text,
                    organization: text,
                    attributes: { text, [text]: [text, 1e300, null] },
                  },
                  context: { patient: text, ipAddress: text, userAgent: text, attributes: { text } },
                };
          await note(authorizer.authorize(CALLER, [odd], () => "input"));
        }
        for (const { any, n, purpose: purposeOfUse, scopes } of tokens) {
          const { clientId, context, subject } = inputOf(aimed(rows, any, n));
          const input: DecideGrantInput = { clientId, context, subject, scopes, purposeOfUse };
          await note(authorizer.decideGrant(CALLER, input, "input").then((record) => [record]));
        }
        assert.equal((await allDecisions(world.storage)).length, decided);
        assert.deepEqual(await unanswered(world, ABOUT), []);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    assert.deepEqual(Object.keys(answered).sort(), ["ACCESS ALLOW", "ACCESS DENY", "GRANT ALLOW", "GRANT DENY"]);
    assert.ok(decided > 64, `only ${decided} were decided: no block was sealed`);
  });
}
