import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Consent, ConsentException, RecipientTerms } from "../../src/domain/consent/types.ts";
import { type Reason, reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRequest, DecisionRecord, GrantRequest, JsonObject } from "../../src/domain/decisions/types.ts";
import { canonicalJson } from "../../src/domain/kernel/canonical.ts";
import type { AccountingSuspensionAct } from "../../src/domain/record/accountingSuspensionAct.ts";
import {
  accessRequestAct,
  accountingSuspensionAct,
  consentAct,
  proposalAct,
  tokenRevocationAct,
} from "../../src/domain/record/acts.ts";
import { partsOf, partsOfDecision, wholeRecord } from "../../src/domain/record/personal.ts";
import type { Purpose } from "../../src/domain/scopes/purposes.ts";
import type { Label } from "../../src/domain/scopes/securityLabels.ts";
import { decision, grantDecision } from "../storage/samples.ts";
import { keptRequest, requestAct } from "../support/accessRequests.ts";
import { consentOf } from "../support/consents.ts";

/** Personal values are marked, so that one that is left where it does not belong is found. */
const MARK = "\u2042";
const free = fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.replaceAll(MARK, ""));
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const personal = fc.tuple(free, free).map(([a, b]) => `${a}${MARK}${b}`);
const attributes: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.oneof(free, fc.constantFrom("__proto__", "a.b", "id")).filter((name) => name !== "__proto__"),
  fc.oneof(
    personal,
    fc.constant(null),
    fc.integer(),
    fc.array(personal),
    fc.dictionary(free, personal, { noNullPrototype: true }),
  ),
  { noNullPrototype: true },
);

const subject = orNull(
  record({
    id: personal,
    type: free,
    organization: orNull(free),
    roles: orNull(fc.array(record({ organization: free, role: free }))),
    attributes: orNull(attributes),
  }),
);
const context = orNull(
  record({
    patient: orNull(personal),
    ipAddress: orNull(personal),
    region: orNull(free),
    userAgent: orNull(personal),
    tokenId: orNull(personal),
    attributes: orNull(attributes),
  }),
);
const resource = record({
  type: free,
  id: orNull(personal),
  patient: orNull(personal),
  patients: orNull(fc.array(personal)),
  organization: orNull(free),
  labels: orNull(fc.array(free.map((text) => text as Label))),
  attributes: orNull(attributes),
});
const common = {
  clientId: free,
  subject,
  purposeOfUse: orNull(free.map((text) => text as Purpose)),
  context,
  requestId: orNull(personal),
};
const access: fc.Arbitrary<AccessRequest> = record({
  ...common,
  scopes: orNull(fc.array(free)),
  action: free,
  resource,
});
const grant: fc.Arbitrary<GrantRequest> = record({
  ...common,
  scopes: fc.array(free),
  heldScopes: fc.array(free),
  languages: fc.option(fc.array(free), { nil: null }),
});

const texts = fc.array(personal, { maxLength: 12 });
/** Reasons that name the client or the subject, and others that name nobody. */
const reasonsOf = (names: readonly string[]): readonly Reason[] =>
  names.map((name, i) => {
    if (i % 5 === 4)
      return reason("CONSENT_REFUSED", {
        parameters: { need: null, of: "PATIENT" },
        personal: { consents: [{ id: name, version: 1 }], unlinked: [name] },
      });
    if (i % 3 === 0) return reason("UNKNOWN_CLIENT", { personal: { clientId: name } });
    if (i % 3 === 1) return decision(1).reasons[0] as Reason;
    const parameters = { kind: "GRANT", needs: [], roles: [], unmet: [] } as const;
    return reason("NO_MATCHING_RULE", { parameters, personal: { subject: { id: name, type: "user" } } });
  });
/** The notice of 42 CFR 2.32, with and without the consents that it names. */
const noticesOf = (names: readonly string[]): DecisionRecord["obligations"] => [
  { type: "noRedisclosure", parameters: { notice: "a notice" } },
  ...(names.length === 0
    ? []
    : [
        {
          type: "noRedisclosure",
          parameters: { consents: names.map((id) => ({ id, version: 1 })), notice: "a notice" },
        },
      ]),
];
const facts = fc.array(
  fc.oneof(
    personal.map((id) => ({ id, kind: "CONSENT", version: 1 }) as const),
    // Whose emergency it was is personal, its id is not.
    free.map((id) => ({ id, kind: "BREAK_GLASS", version: 1 }) as const),
  ),
  { minLength: 1, maxLength: 3 },
);

const records: fc.Arbitrary<DecisionRecord> = fc.oneof(
  fc.tuple(access, texts, orNull(facts)).map(([request, names, gathered]) => ({
    ...decision(1),
    request,
    obligations: noticesOf(names),
    reasons: reasonsOf(names),
    ...(gathered === null ? {} : { facts: gathered }),
  })),
  fc.tuple(grant, texts).map(([request, names]) => {
    const base = grantDecision(1);
    const reasons = reasonsOf(names);
    return {
      ...base,
      request,
      reasons,
      details: { ...base.details, scopes: base.details.scopes.map((scope) => ({ ...scope, reasons })) },
    };
  }),
);

test("a record is what its two parts say, and the open one says nothing of people", () => {
  fc.assert(
    fc.property(records, (record) => {
      const { record: open, personal } = partsOfDecision(record);
      assert.deepEqual(wholeRecord(open, personal), record);
      assert.ok(!open.includes(MARK), open);
      // Proofs are over bytes.
      for (const text of [open, personal]) assert.equal(text, canonicalJson(JSON.parse(text)));
    }),
    { numRuns: 1000 },
  );
});

test("each value stands under its path, and null says that there is none", () => {
  const base = decision(1);
  const { record: open, personal } = partsOfDecision({
    ...base,
    request: { ...base.request, context: null, subject: null },
  });
  assert.deepEqual(JSON.parse(personal), {
    "request.resource.attributes": base.request.resource.attributes,
    "request.resource.id": "obs-1",
    "request.resource.patient": "patient-0",
  });
  const { request } = JSON.parse(open);
  assert.deepEqual([request.context, request.subject, request.requestId], [null, null, null]);
  assert.deepEqual(request.resource, {
    labels: ["N"],
    organization: "st-mary",
    patients: null,
    type: "Observation",
  });
});

test("of a proposal what people wrote stands apart, and what was decided does not", () => {
  const record = {
    event: "APPROVED",
    proposalId: "p1",
    at: 5,
    author: "key:ben",
    digest: "d",
    baseRevision: 3,
    emergency: false,
    title: `Title ${MARK}`,
    text: `Text ${MARK}`,
    flipsReason: `Flips ${MARK}`,
    revision: null,
  } as const;
  for (const more of [{}, { text: null, flipsReason: null }]) {
    const parts = partsOf(proposalAct({ ...record, ...more }, "1"));
    assert.ok(!parts.record.includes(MARK), parts.record);
    assert.deepEqual(wholeRecord(parts.record, parts.personal), { ...record, ...more });
    for (const member of ["digest", "author", "baseRevision", "event"] as const)
      assert.equal(JSON.parse(parts.record)[member], record[member]);
  }
  assert.equal(proposalAct(record, "1").id, "proposal:p1:approved:1");
  assert.equal(proposalAct(record, "").id, "proposal:p1:approved");
});

const codes = orNull(fc.array(free));
const recipient: fc.Arbitrary<RecipientTerms> = record({
  clientId: orNull(free),
  subject: orNull(record({ id: personal, type: free })),
  role: orNull(free),
  organization: orNull(free),
  group: orNull(free),
  identifier: orNull(personal),
});
const provision: fc.Arbitrary<ConsentException> = record({
  effect: fc.constantFrom("PERMIT", "DENY"),
  recipients: orNull(fc.array(recipient, { maxLength: 3 })),
  scopes: codes,
  purposes: codes,
  actions: codes,
  data: record({
    resourceTypes: codes,
    categories: codes,
    labels: codes,
    codes,
    references: orNull(fc.array(record({ meaning: fc.constantFrom("instance", "related"), reference: personal }))),
    authors: orNull(fc.array(personal)),
    from: orNull(fc.integer()),
    until: orNull(fc.integer()),
  }),
  validFrom: orNull(fc.integer()),
  validUntil: orNull(fc.integer()),
});
const consents: fc.Arbitrary<Consent> = fc
  .tuple(
    provision,
    fc.array(provision, { maxLength: 3 }),
    fc.tuple(personal, personal, orNull(personal)),
    orNull(fc.array(record({ reference: personal, subjects: fc.array(record({ type: free, id: personal })) }))),
  )
  .map(([terms, exceptions, [patient, reason, reference], links]) =>
    consentOf({
      ...terms,
      exceptions,
      patient,
      reason,
      source: { kind: "PAPER", reference },
      ...(links !== null && { links }),
    }),
  );

test("of a consent the patient, who and what of a person is meant, and why stand apart, and what it says of data does not", () => {
  fc.assert(
    fc.property(consents, (consent) => {
      const { record: open, personal } = partsOf(consentAct(consent));
      assert.deepEqual(wholeRecord(open, personal), consent);
      assert.ok(!open.includes(MARK), open);
      for (const text of [open, personal]) assert.equal(text, canonicalJson(JSON.parse(text)));
      const { links: ___, patient: _, reason: __, ...left } = consent;
      const said = JSON.parse(open);
      assert.deepEqual(Object.keys(said).sort(), Object.keys(left).sort());
      for (const member of ["effect", "scopes", "purposes", "step", "version", "validUntil"] as const)
        assert.deepEqual(said[member], left[member]);
    }),
    { numRuns: 500 },
  );
  assert.equal(consentAct(consentOf({ id: "c", version: 3 })).id, "consent:c:3");
});

test("of an access request what people wrote and for whom the access is stands apart", () => {
  const asked = keptRequest("a1", { subject: { type: "user", id: MARK }, reason: `Text ${MARK}` });
  for (const request of [asked, { ...asked, subject: null }]) {
    for (const text of [request.reason, null]) {
      const record = { ...requestAct(request), text };
      const parts = partsOf(accessRequestAct(record));
      assert.ok(!parts.record.includes(MARK), parts.record);
      assert.deepEqual(wholeRecord(parts.record, parts.personal), record);
      assert.equal(JSON.parse(parts.record).role, "nurse");
    }
  }
  assert.equal(accessRequestAct(requestAct(asked)).id, "access-request:a1:requested");
});

test("of a suspended accounting whose it is, who asked, why, and to whom if it is a person stand apart", () => {
  const nobody = { clientId: null, subject: null, organization: null };
  for (const recipient of [
    { ...nobody, clientId: "app" },
    { ...nobody, organization: "board" },
    { ...nobody, subject: { id: MARK, type: "user" } },
  ]) {
    const record: AccountingSuspensionAct = {
      event: "ENDED",
      suspensionId: "s1",
      at: 1,
      author: "key:otto",
      patient: MARK,
      recipient,
      statement: "ORAL",
      by: `Inspector ${MARK}`,
      until: 2,
      text: `Text ${MARK}`,
    };
    const act = accountingSuspensionAct(record);
    const parts = partsOf(act);
    assert.ok(!parts.record.includes(MARK), parts.record);
    assert.deepEqual(wholeRecord(parts.record, parts.personal), record);
    assert.equal(act.id, "accounting-suspension:s1:ended");
    // As it stands once each of these values is a commitment.
    const fields = Object.keys(JSON.parse(parts.personal)).map((path) => [path, { commitment: "c" }]);
    const erased = wholeRecord(parts.record, JSON.stringify(Object.fromEntries(fields)), true);
    assert.ok(!JSON.stringify(erased).includes(MARK));
  }
});

test("whose tokens were revoked, by which words, stands apart from what is kept for good", () => {
  for (const which of [
    { person: MARK, tokenId: null },
    { person: null, tokenId: MARK },
  ]) {
    const record = {
      event: "REVOKED" as const,
      ...{ revocationId: "r1", at: 1, author: "key:ada", issuer: "https://id.example" },
      ...{ ...which, until: null, text: `Text ${MARK}` },
    };
    const act = tokenRevocationAct(record);
    const parts = partsOf(act);
    assert.ok(!parts.record.includes(MARK), parts.record);
    assert.deepEqual(wholeRecord(parts.record, parts.personal), record);
    assert.equal(act.id, "token-revocation:r1:revoked");
  }
});

test("a value whose path leads beyond what the record has is refused, and nothing is changed", () => {
  const open = '{"request":{"subject":{"id":null}}}';
  for (const path of ["__proto__", "request.__proto__.admin", "constructor.prototype.admin", "absent.id"])
    assert.throws(() => wholeRecord(open, JSON.stringify({ [path]: "x" })), SyntaxError, path);
  assert.throws(() => wholeRecord(open, '{"__proto__":{"admin":true}}'), SyntaxError);
  assert.equal(({} as { readonly admin?: unknown }).admin, undefined);
});
