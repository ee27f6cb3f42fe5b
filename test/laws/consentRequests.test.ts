// What holds of answers to consent requests, whatever was said before.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkConsents } from "../../src/domain/consent/checkConsents.ts";
import { consentsAnswering, withVersions } from "../../src/domain/consent/requests/answerRequest.ts";
import type { AskedConsent, GrantAction } from "../../src/domain/consent/requests/consentRequest.ts";
import { contentOf, grantOf } from "../../src/domain/consent/requests/grantConsent.ts";
import type { Consent, ConsentQuestion } from "../../src/domain/consent/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { atLeast, runs } from "../support/budget.ts";
import { consentOf, exceptionOf } from "../support/consents.ts";

const DAY = 86_400_000;
const SCOPES = [
  "labs",
  "vitals",
  "patient/*.rs",
  "patient/Observation.rs",
  "patient/Observation.r",
  "patient/Condition.rs",
];
const REFUSAL = consentOf({ id: "all", effect: "DENY", madeAt: 1 });

const NINA = { id: "nina", type: "user" };
const question = (scope: string, at: number, clientId = "app", subject = NINA): ConsentQuestion => ({
  patient: "ann",
  recipient: {
    clientId,
    subject,
    roles: new Set(),
    organization: null,
    fhirReferences: [],
    fhirUsers: [],
    namesakes: [],
    who: null,
    linked: new Set(),
    maybe: { groups: [], identifiers: [], careTeam: [], organizations: [], patientRecord: null, roles: [] },
    groups: [],
    identifiers: [],
  },
  purposes: ["TREAT"],
  scope,
  action: null,
  at,
  data: { kind: "SET", resourceType: "Observation" },
});
const permits = (newest: readonly Consent[], scope: string, at: number, clientId?: string): boolean =>
  checkConsents(newest, question(scope, at, clientId)).outcome === "PERMIT";

/** Days between answers, what is done, and what becomes of each scope that is asked. */
const step = fc.record({
  days: fc.integer({ min: 1, max: 200 }),
  action: fc.constantFrom<GrantAction | "WITHDRAW">("MERGE", "MERGE", "MERGE", "REPLACE", "CREATE", "WITHDRAW"),
  answers: fc.array(fc.constantFrom("AGREED", "REFUSED", "NOT_ASKED"), {
    minLength: SCOPES.length,
    maxLength: SCOPES.length,
  }),
});
const steps = fc.array(step, { minLength: 1, maxLength: 8 });

interface Seen {
  readonly now: number;
  readonly before: readonly Consent[];
  readonly after: readonly Consent[];
  readonly asked: AskedConsent;
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
  /** All that was ever agreed to. */
  readonly everAgreed: ReadonlySet<string>;
}

/** Walks through answers of one patient to one app, who has refused everybody or not. */
function walk(
  all: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  refuses: boolean,
  look: (seen: Seen) => void,
): void {
  let newest: readonly Consent[] = refuses ? [REFUSAL] : [];
  let now = 1_000;
  const everAgreed = new Set<string>();
  for (const [i, { action, answers, days }] of all.entries()) {
    now += days * DAY;
    const key = { patient: "ann", clientId: "app", subject: { id: "nina", type: "user" }, purposes: ["TREAT"] };
    const grant = grantOf(newest, key, now);
    if (action === "WITHDRAW") {
      if (grant !== null && grant.step === "RECORDED")
        newest = withVersions(newest, [{ ...grant, version: grant.version + 1, step: "WITHDRAWN", recordedAt: now }]);
      continue;
    }
    const inTheWay = newest.filter(({ id }) => id === "all").map(({ id, version }) => ({ id, version }));
    const replacing = action === "REPLACE" && grant !== null && grant.step === "RECORDED";
    const grantAction = action === "REPLACE" && !replacing ? "MERGE" : action;
    // What is granted already is not asked, unless all is.
    const isAsked = (scope: string) => grantAction !== "MERGE" || !permits(newest, scope, now);
    const of = (what: string) => SCOPES.filter((scope, at) => answers[at] === what && isAsked(scope));
    const [agreed, refused] = [of("AGREED"), of("REFUSED")];
    if (agreed.length + refused.length === 0) continue;
    const asked: AskedConsent = {
      ...key,
      scopes: [...agreed, ...refused],
      inTheWay,
      grantAction,
      grantId: replacing ? grant.id : null,
      languages: null,
    };
    const end = contentOf(grant, now);
    const held = grantAction === "MERGE" && end.permitted.length > 0;
    const answer = {
      requestId: `r${i}`,
      agreed,
      refused,
      at: now,
      callerId: "key:portal",
      validUntil: held ? end.until : now + 365 * DAY,
      refusedDays: 90,
      newId: `g${i}`,
    };
    const before = newest;
    newest = withVersions(newest, consentsAnswering(asked, answer, newest));
    for (const scope of agreed) everAgreed.add(scope);
    look({ now, before, after: newest, asked, agreed, refused, everAgreed });
  }
}

const law = (name: string, look: (seen: Seen) => void) =>
  test(name, () => {
    let looked = 0;
    fc.assert(
      fc.property(steps, fc.boolean(), (all, refuses) =>
        walk(all, refuses, (seen) => {
          looked++;
          look(seen);
        }),
      ),
      { numRuns: runs(1_000) },
    );
    assert.ok(looked > atLeast(500), `${looked}`);
  });

law("what was agreed to is permitted at once, also where everybody was refused", ({ after, agreed, now, refused }) => {
  for (const scope of agreed) if (!refused.includes(scope)) assert.ok(permits(after, scope, now), scope);
});

law("nothing is permitted that was never agreed to, by itself or in a wider scope", ({ after, everAgreed, now }) => {
  const wider: Readonly<Record<string, readonly string[]>> = {
    "patient/Observation.rs": ["patient/*.rs"],
    "patient/Observation.r": ["patient/*.rs", "patient/Observation.rs"],
    "patient/Condition.rs": ["patient/*.rs"],
  };
  for (const scope of SCOPES)
    if (permits(after, scope, now))
      assert.ok(
        [scope, ...(wider[scope] ?? [])].some((each) => everAgreed.has(each)),
        scope,
      );
});

law(
  "MERGE takes nothing away but what is refused, and no answer keeps anything for longer",
  ({ after, asked, before, now, refused }) => {
    if (asked.grantAction !== "MERGE") return;
    const was = grantOf(before, asked, now)?.validUntil ?? null;
    for (const scope of SCOPES) {
      if (!permits(before, scope, now) || refused.includes(scope)) continue;
      assert.ok(permits(after, scope, now), scope);
      if (was !== null) assert.ok(!permits(after, scope, was), `${scope} after its end`);
    }
  },
);

law("REPLACE and CREATE leave nothing but what was agreed to now", ({ after, agreed, asked, now }) => {
  if (asked.grantAction === "MERGE") return;
  assert.deepEqual(contentOf(grantOf(after, asked, now), now).permitted, agreed);
  for (const scope of ["labs", "vitals"]) assert.equal(permits(after, scope, now), agreed.includes(scope), scope);
});

law(
  "others, under whatever name, are permitted nothing and refused nothing more, and a refusal of everyone stands for them",
  ({ after, before, now }) => {
    const others: readonly (readonly [string, typeof NINA])[] = [
      ["other", NINA],
      ["Device/app", NINA],
      ["app", { id: "user/nina", type: "zombie" }],
      ["app", { id: "nina", type: "Practitioner" }],
    ];
    for (const [scope, of] of SCOPES.flatMap((each) => others.map((other) => [each, other] as const))) {
      const [was, is] = [before, after].map((consents) => checkConsents(consents, question(scope, now, ...of)));
      assert.deepEqual(
        [is?.outcome, is?.outcome === "NO_CONSENT" && is.silence],
        [was?.outcome, was?.outcome === "NO_CONSENT" && was.silence],
      );
    }
  },
);

law("a withdrawal ends all, and what was refused to everyone is refused again", ({ after, asked, now }) => {
  const grant = grantOf(after, asked, now);
  assert.ok(grant !== null);
  const ended = withVersions(after, [{ ...grant, version: grant.version + 1, step: "WITHDRAWN", recordedAt: now + 1 }]);
  const refuses = after.some(({ id }) => id === "all");
  for (const scope of SCOPES) {
    const { outcome } = checkConsents(ended, question(scope, now + 1));
    assert.equal(outcome, refuses ? "DENY" : "NO_CONSENT", scope);
  }
});

law("a no is remembered until its end, unless a yes takes it in", ({ after, asked, now, refused }) => {
  const content = contentOf(grantOf(after, asked, now), now);
  for (const scope of ["labs", "vitals"]) {
    if (!refused.includes(scope)) continue;
    assert.equal(content.refused.get(scope), now + 90 * DAY);
    assert.equal(checkConsents(after, question(scope, now)).outcome, "DENY", scope);
  }
});

test("what the patient was shown binds: a grant that holds for longer by now, or has ended, is CONFLICT", () => {
  const key = { patient: "ann", clientId: "app", subject: null, purposes: [] };
  const asked: AskedConsent = {
    ...key,
    scopes: ["labs"],
    inTheWay: [],
    grantAction: "MERGE",
    grantId: null,
    languages: null,
  };
  const yes = {
    requestId: "r",
    agreed: ["labs"],
    refused: [],
    at: 1_000,
    callerId: "c",
    validUntil: 2_000,
    refusedDays: 1,
    newId: "g",
  };
  const [first] = consentsAnswering(asked, yes, []);
  const later = { ...yes, at: 1_500, validUntil: 1_900 };
  const isConflict = (error: unknown) => error instanceof ScopewardenError && error.code === "CONFLICT";
  assert.throws(() => consentsAnswering(asked, later, [first]), isConflict);
  const named = { ...asked, grantId: "g" };
  assert.equal(consentsAnswering(named, { ...later, validUntil: 2_000 }, [first])[0].version, 2);
  for (const newest of [[], [{ ...first, version: 2, step: "WITHDRAWN" as const }]])
    assert.throws(() => consentsAnswering(named, later, newest), isConflict);
});

test("an exception is made to a refusal of everyone alone", () => {
  const key = { patient: "ann", clientId: "app", subject: null, purposes: [] };
  const yes = { requestId: "r", agreed: ["labs"], refused: [], at: 2_000, callerId: "c", validUntil: null };
  const made = (refusal: Consent) => {
    const inTheWay = [{ id: refusal.id, version: refusal.version }];
    const asked = { ...key, scopes: ["labs"], inTheWay, grantAction: "MERGE", grantId: null, languages: null } as const;
    return consentsAnswering(asked, { ...yes, refusedDays: 1, newId: "g" }, [refusal]);
  };
  assert.deepEqual(
    made(REFUSAL)[1]?.exceptions.map(({ grantId }) => grantId),
    ["g"],
  );
  const nobody = { clientId: null, subject: null, role: null, organization: null, group: null, identifier: null };
  const isConflict = (error: unknown) => error instanceof ScopewardenError && error.code === "CONFLICT";
  for (const recipient of [{ subject: NINA }, { role: "nurse" }, { organization: "clinic" }, { clientId: "app" }])
    assert.throws(() => made({ ...REFUSAL, recipients: [{ ...nobody, ...recipient }] }), isConflict);
  for (const other of [{ effect: "PERMIT" }, { answers: "r0" }] as const)
    assert.throws(() => made({ ...REFUSAL, ...other }), isConflict);
});

test("an exception for a grant is for just its client and subject, whatever else the grant permits", () => {
  const nobody = { role: null, organization: null, group: null, identifier: null };
  const exception = exceptionOf({
    effect: "PERMIT",
    recipients: [{ clientId: "app", subject: NINA, ...nobody }],
    grantId: "whole",
  });
  const all = [{ ...REFUSAL, exceptions: [exception] }, consentOf({ id: "whole", madeAt: 2, purposes: ["TREAT"] })];
  assert.equal(permits(all, "labs", 3_000), true);
  const others: readonly (readonly [string, typeof NINA])[] = [
    ["Device/app", NINA],
    ["app", { id: "user/nina", type: "zombie" }],
  ];
  for (const of of others) assert.equal(checkConsents(all, question("labs", 3_000, ...of)).outcome, "DENY", of[0]);
});
