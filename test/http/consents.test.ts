import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { flatConsent } from "../support/flatConsent.ts";
import { type Answer, applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

const START = Date.parse("2026-11-24T12:00:00Z");
const HL7 = "http://terminology.hl7.org/CodeSystem/";
const folder = mkdtempSync(join(tmpdir(), "scopewarden-consents-"));
const url = `sqlite:${join(folder, "test.db")}`;
let now = START;
let service: Service;
let [portal, portalId, auditor, asker, admin, reviewer] = ["", "", "", "", "", ""];

before(async () => {
  service = await startService({ DATABASE_URL: url }, { clock: () => now });
  await applyPolicy(service, [...SMALL_POLICY, { putRole: { name: "nurse" } }]);
  ({ key: portal, id: portalId } = await service.createKey("CONSENT"));
  const keyOf = async (role: string) => (await service.createKey(role)).key;
  auditor = await keyOf("AUDITOR");
  asker = await keyOf("SERVICE");
  admin = await keyOf("ADMIN");
  reviewer = await keyOf("REVIEWER");
});
after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const PROVISION = `clientId subjectId subjectType organization roles groups identifiers recipients { clientId subjectId subjectType role organization group identifier }
  effect scopes purposes actions resourceTypes categories labels codes references { meaning reference } authors dataFrom dataUntil validFrom validUntil`;
const CONSENT = `id version state patient terms { ${PROVISION} } areas includeNarrower exceptions { terms { ${PROVISION} } } source { kind reference }
  madeAt at by { callerId name } reason policyRevision`;
const RECORD = `mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { ${CONSENT} } }`;
const WITHDRAW =
  "mutation ($id: ID!, $reason: String!) { withdrawConsent(id: $id, reason: $reason) { id version state reason policyRevision } }";
const ONE = `query ($id: ID!) { consent(id: $id) { ${CONSENT} } }`;
const LIST =
  "query ($filter: ConsentFilter, $first: Int, $after: String) { consents(filter: $filter, first: $first, after: $after) { edges { cursor node { id version state patient } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

const input = (more: object = {}) => ({
  patient: "ada",
  effect: "PERMIT",
  source: { kind: "PORTAL" },
  reason: "She ticked the box",
  ...more,
});
const ask = (query: string, variables: object, key: string = portal) => service.ask(query, { variables, key });
async function answer(field: string, asked: Promise<Answer>) {
  const { body, text } = await asked;
  assert.equal(body?.errors, undefined, text);
  const value = body.data[field];
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  return value?.terms === undefined ? value : (flatConsent(value) as any);
}
const record = (more: object = {}) => answer("recordConsent", ask(RECORD, { input: input(more) }));
const list = (variables: object, key?: string) => answer("consents", ask(LIST, variables, key));
const idsOf = ({ edges }: { edges: readonly { node: { id: string } }[] }) => edges.map(({ node }) => node.id);
async function refused(asked: Promise<Answer>, code: string, status = 200) {
  const got = await asked;
  const [error, ...more] = got.body?.errors ?? [];
  assert.deepEqual([error?.extensions?.code, more, got.status], [code, [], status], got.text);
  return error;
}
/** The problems that a refused recording names. */
async function problems(more: object, status = 200): Promise<readonly string[]> {
  const { extensions } = await refused(ask(RECORD, { input: input(more) }), "BAD_USER_INPUT", status);
  return extensions.problems.map(({ path }: { readonly path: string }) => path);
}

async function acts(...kinds: readonly string[]) {
  const dialect = dialectOf(url);
  const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    const all = await readActs({ run, dialect }, { after: 0, first: 10_000 });
    return all
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ record: of }) => of as unknown as Record<string, unknown>);
  } finally {
    await close();
  }
}

let patients = 0;
/** A patient of whom nothing is known yet. */
let patient: string;
beforeEach(() => {
  patient = `patient-${++patients}`;
  now += 60_000;
});

describe("a portal, with a key of the role consent", () => {
  test("records what a patient agreed to, and reads it as it was said", async () => {
    const recorded = await record({
      id: "of-ada",
      patient: "Patient/ada",
      clientId: "reader-app",
      organization: "clinic",
      roles: ["nurse"],
      scopes: ["view_observations", "patient/Observation.rs"],
      resourceTypes: ["Observation"],
      labels: ["N"],
      purposes: ["TREAT"],
      validUntil: "2027-01-01T00:00:00Z",
      exceptions: [{ labels: ["PSY"], organization: "ward" }],
      source: { kind: "PAPER", reference: "form 7" },
      madeAt: "2026-11-24T09:00:00Z",
    });
    const nothing = { groups: null, identifiers: null, actions: null, categories: null, codes: null };
    const anyone = { ...nothing, references: null, authors: null, dataFrom: null, dataUntil: null };
    assert.deepEqual(recorded, {
      ...anyone,
      id: "of-ada",
      version: 1,
      state: "ACTIVE",
      patient: "ada",
      clientId: "reader-app",
      subjectId: null,
      subjectType: null,
      organization: "clinic",
      roles: ["nurse"],
      recipients: [
        {
          clientId: "reader-app",
          subjectId: null,
          subjectType: null,
          role: "nurse",
          organization: "clinic",
          group: null,
          identifier: null,
        },
      ],
      effect: "PERMIT",
      scopes: ["view_observations", "patient/Observation.rs"],
      purposes: [`${HL7}v3-ActReason|TREAT`],
      resourceTypes: ["Observation"],
      labels: [`${HL7}v3-Confidentiality|N`],
      validFrom: null,
      validUntil: "2027-01-01T00:00:00.000Z",
      areas: [`${HL7}consentscope|patient-privacy`],
      includeNarrower: false,
      exceptions: [
        {
          ...anyone,
          clientId: null,
          subjectId: null,
          subjectType: null,
          organization: "ward",
          roles: null,
          recipients: [
            {
              clientId: null,
              subjectId: null,
              subjectType: null,
              role: null,
              organization: "ward",
              group: null,
              identifier: null,
            },
          ],
          effect: "DENY",
          scopes: null,
          purposes: null,
          resourceTypes: null,
          labels: [`${HL7}v3-ActCode|PSY`],
          validFrom: null,
          validUntil: null,
        },
      ],
      source: { kind: "PAPER", reference: "form 7" },
      madeAt: "2026-11-24T09:00:00.000Z",
      at: new Date(now).toISOString(),
      by: { callerId: `key:${portalId}`, name: "test" },
      reason: "She ticked the box",
      policyRevision: 1,
    });
    assert.deepEqual(await answer("consent", ask(ONE, { id: "of-ada" })), recorded);
    assert.equal(await answer("consent", ask(ONE, { id: "of-nobody" })), null);
    const [act] = await acts("CONSENT");
    assert.deepEqual([act?.id, act?.version, act?.patient, act?.recordedBy], ["of-ada", 1, "ada", `key:${portalId}`]);
  });

  test("what it says again of an id is the next version, and withdrawing one is the last word", async () => {
    const { id } = await record({ patient });
    const second = await record({ patient, id, effect: "DENY" });
    assert.deepEqual([second.version, second.effect, second.state], [2, "DENY", "ACTIVE"]);
    assert.deepEqual(await problems({ patient: "somebody-else", id }), ["input.id"]);
    assert.deepEqual(await answer("withdrawConsent", ask(WITHDRAW, { id, reason: "She changed her mind" })), {
      id,
      version: 3,
      state: "WITHDRAWN",
      reason: "She changed her mind",
      policyRevision: 1,
    });
    await refused(ask(WITHDRAW, { id, reason: "r" }), "CONFLICT");
    await refused(ask(WITHDRAW, { id: "none", reason: "r" }), "NOT_FOUND");
    for (const [bad, path] of [
      [{ id, reason: " " }, "reason"],
      [{ id: "", reason: "r" }, "id"],
    ] as const) {
      const { extensions } = await refused(ask(WITHDRAW, bad), "BAD_USER_INPUT");
      assert.equal(extensions.problems[0].path, path);
    }
    const { edges } = await list({ filter: { patient } });
    assert.deepEqual(
      edges.map(({ node }: { node: object }) => node),
      [{ id, version: 3, state: "WITHDRAWN", patient }],
    );
  });

  test("of two recorded at the same time for one version, one is told so", async () => {
    const { id } = await record({ patient });
    const both = await Promise.all([1, 2].map(() => ask(RECORD, { input: input({ patient, id }) })));
    const codes = both.map(({ body }) => body.errors?.[0]?.extensions?.code ?? body.data.recordConsent.version).sort();
    assert.ok(JSON.stringify(codes) === '[2,"CONFLICT"]' || JSON.stringify(codes) === "[2,3]", JSON.stringify(codes));
  });

  test("tells a patient's consents apart by what has become of them", async () => {
    const treat = { patient, purposes: ["TREAT"] };
    const ends = await record({ ...treat, validUntil: new Date(now + 1000).toISOString() });
    const older = await record({ ...treat, clientId: "reader-app" });
    now += 2000;
    const newer = await record({ ...treat, clientId: "reader-app", effect: "DENY" });
    const onPaper = await record({
      ...treat,
      clientId: "reader-app",
      source: { kind: "PAPER" },
      madeAt: new Date(START - 1000).toISOString(),
    });
    assert.deepEqual([newer.state, onPaper.state], ["ACTIVE", "SUPERSEDED"]);
    const { edges } = await list({ filter: { patient } });
    assert.deepEqual(
      new Map(edges.map(({ node }: { node: { id: string; state: string } }) => [node.id, node.state])),
      new Map([
        [onPaper.id, "SUPERSEDED"],
        [newer.id, "ACTIVE"],
        [older.id, "SUPERSEDED"],
        [ends.id, "EXPIRED"],
      ]),
    );
  });

  test("lists one patient's, page by page, the last recorded first", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      now += 1;
      ids.unshift((await record({ patient, groups: [`g${i}`] })).id);
    }
    await record({ patient: `${patient}-else` });
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await list({ filter: { patient: `Patient/${patient}` }, first: 2, after });
      seen.push(...idsOf(page));
      assert.equal(page.pageInfo.hasPreviousPage, after !== null);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    assert.deepEqual(seen, ids);
    const named = await record({ patient, clientId: "reader-app" });
    assert.deepEqual(idsOf(await list({ filter: { patient, clientId: "reader-app" } })), [named.id]);
    for (const [variables, path] of [
      [{}, "filter.patient"],
      [{ filter: { clientId: "reader-app" } }, "filter.patient"],
      [{ filter: { patient: "" } }, "filter.patient"],
      [{ filter: { patient: "a\u0007" } }, "filter.patient"],
      [{ filter: { patient }, first: 0 }, "first"],
      [{ filter: { patient }, after: "x" }, "after"],
    ] as const) {
      const { extensions } = await refused(ask(LIST, variables), "BAD_USER_INPUT");
      assert.equal(extensions.problems[0].path, path, JSON.stringify(variables));
    }
  });

  for (const [what, more, ...paths] of [
    [
      "a period turned round",
      { validFrom: "2027-02-01T00:00:00Z", validUntil: "2027-01-01T00:00:00Z" },
      "input.validUntil",
    ],
    ["a period that is over", { validUntil: "2026-11-01T00:00:00Z" }, "input.validUntil"],
    ["a purpose that is none", { purposes: ["TREAT", "TREET"] }, "input.purposes[1]"],
    ["a type that is none", { resourceTypes: ["Observaton"] }, "input.resourceTypes[0]"],
    [
      "a scope that is none",
      { scopes: ["view_observation", "patient/Observation.sr"] },
      "input.scopes[0]",
      "input.scopes[1]",
    ],
    ["a client that is none", { clientId: "reader" }, "input.clientId"],
    ["a role that is none", { roles: ["nurze"] }, "input.roles[0]"],
    ["a label that is none", { labels: ["SECRET"] }, "input.labels[0]"],
    ["a code of no system", { codes: ["2339-0"], categories: ["laboratory"] }, "input.categories[0]", "input.codes[0]"],
    ["a patient by two names", { patient: "Patient/Patient/x" }, "input.patient"],
    ["a long list", { groups: Array.from({ length: 101 }, (_, i) => `g${i}`) }, "input.groups"],
    ["a long name", { groups: ["g".repeat(257)] }, "input.groups[0]"],
    ["an empty list", { scopes: [] }, "input.scopes"],
    ["too many exceptions", { exceptions: Array.from({ length: 51 }, () => ({ labels: ["R"] })) }, "input.exceptions"],
    ["an exception from everything", { exceptions: [{ effect: "DENY" }] }, "input.exceptions[0]"],
    [
      "a bad exception",
      { exceptions: [{ labels: ["R"] }, { clientId: "x", validUntil: "2020-01-01T00:00:00Z" }] },
      "input.exceptions[1].validUntil",
      "input.exceptions[1].clientId",
    ],
    ["no reason", { reason: "" }, "input.reason"],
  ] as const)
    test(`is refused ${what}, by its path, and nothing has changed`, async () => {
      const first = await record({ id: `of-${patient}`, patient });
      const before = await acts("CONSENT");
      assert.deepEqual(await problems({ patient, id: first.id, ...more }), paths);
      assert.deepEqual(await answer("consent", ask(ONE, { id: first.id })), first);
      assert.deepEqual(await acts("CONSENT"), before);
    });

  test("a time that is none is named", async () => {
    assert.deepEqual(await problems({ patient, validUntil: "tomorrow" }), ["input.validUntil"]);
  });

  test("what GraphQL itself refuses names the place too", async () => {
    for (const more of [
      { effect: "MAYBE" },
      { source: { kind: "RUMOUR" } },
      { exceptions: [{ labels: ["R"], exceptions: [] }] },
    ])
      await refused(ask(RECORD, { input: input({ patient, ...more }) }), "BAD_USER_INPUT", 400);
    assert.deepEqual(idsOf(await list({ filter: { patient } })), []);
  });

  test("may do nothing else", async () => {
    for (const query of [
      "{ scopes { edges { cursor } } }",
      "{ decisions { edges { cursor } } }",
      "{ entities { edges { cursor } } }",
      "{ scopesSupported }",
      'mutation { createRole(input: { name: "x" }, reason: "r") { revision } }',
    ])
      await refused(ask(query, {}), "FORBIDDEN", 403);
    assert.deepEqual((await answer("me", ask("{ me { roles } }", {}))).roles, ["CONSENT"]);
  });
});

describe("a Consent of FHIR R4", () => {
  const RECORD_FHIR = `mutation ($resource: JSON!, $includeNarrower: Boolean, $reason: String!) { recordFhirConsent(resource: $resource, includeNarrower: $includeNarrower, untilLinked: ALL, reason: $reason) { ${CONSENT} } }`;
  const EXPORT = "query ($id: ID!) { exportConsent(id: $id) }";
  const coding = (system: string, code: string) => ({ system: HL7 + system, code });
  /** Permits treatment by one practitioner, but for data on substance use. */
  const resource = (more: object = {}, provision: object = {}) => ({
    resourceType: "Consent",
    id: `fhir-${patient}`,
    status: "active",
    scope: { coding: [coding("consentscope", "patient-privacy")] },
    category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
    patient: { reference: `Patient/${patient}` },
    dateTime: "2026-03-01",
    policy: [{ uri: "https://example.org/policy" }],
    provision: {
      type: "permit",
      period: { start: "2026-03-01", end: "2026-12-31" },
      actor: [
        {
          role: { coding: [coding("v3-ParticipationType", "IRCP")] },
          reference: { reference: "Practitioner/nina" },
        },
      ],
      purpose: [coding("v3-ActReason", "TREAT")],
      provision: [{ type: "deny", securityLabel: [coding("v3-ActCode", "ETHUD")] }],
      ...provision,
    },
    ...more,
  });
  const recordFhir = (of: unknown, more: object = {}) =>
    ask(RECORD_FHIR, { resource: of, reason: "From the archive", ...more });

  test("is recorded as what it says, and the same id again is the next version", async () => {
    const recorded = await answer("recordFhirConsent", recordFhir(resource(), { includeNarrower: true }));
    const { id, version, state, subjectId, subjectType, purposes, includeNarrower, source, madeAt, validUntil } =
      recorded;
    assert.deepEqual(
      { id, version, state, subjectId, subjectType, purposes, includeNarrower, source, madeAt, validUntil },
      {
        id: `fhir-${patient}`,
        version: 1,
        state: "ACTIVE",
        subjectId: "nina",
        subjectType: "Practitioner",
        purposes: [`${HL7}v3-ActReason|TREAT`],
        includeNarrower: true,
        source: { kind: "FHIR", reference: `Consent/fhir-${patient}` },
        madeAt: "2026-03-01T00:00:00.000Z",
        validUntil: "2027-01-01T00:00:00.000Z",
      },
    );
    assert.deepEqual(
      recorded.exceptions.map(({ effect, labels }: Record<string, unknown>) => [effect, labels]),
      [["DENY", [`${HL7}v3-ActCode|ETHUD`]]],
    );
    const ended = await answer("recordFhirConsent", recordFhir(resource({ status: "inactive" })));
    assert.deepEqual([ended.version, ended.state], [2, "WITHDRAWN"]);
    const over = resource(
      { id: undefined },
      { period: { end: "2026-04" }, purpose: [coding("v3-ActReason", "HRESCH")] },
    );
    assert.equal((await answer("recordFhirConsent", recordFhir(over))).state, "EXPIRED");
  });

  for (const [what, of, path, more] of [
    ["a modifier that nobody here knows", { modifierExtension: [{ url: "urn:x" }] }, "Consent.modifierExtension[0]"],
    ["no patient", { patient: undefined }, "Consent.patient"],
    ["a status that is none", { status: "maybe" }, "Consent.status"],
    ["a root of no type", { policy: [], provision: { purpose: [{ code: "TREAT" }] } }, "Consent.provision"],
    [
      "a scope of ours that the policy has not",
      {
        provision: {
          type: "permit",
          modifierExtension: [
            { url: "urn:scopewarden:fhir:consent-terms", valueString: '{"scopes":["view_nothing"]}' },
          ],
        },
      },
      "Consent.provision.modifierExtension",
    ],
    [
      "a role of ours that the policy has not",
      {
        provision: {
          type: "permit",
          modifierExtension: [
            {
              url: "urn:scopewarden:fhir:consent-terms",
              valueString:
                '{"recipients":[{"clientId":null,"subject":null,"role":"nurze","organization":null,"group":null,"identifier":null}]}',
            },
          ],
        },
      },
      "Consent.provision.actor",
    ],
    [
      "too many exceptions",
      { provision: { type: "permit", provision: Array.from({ length: 51 }, () => ({ type: "deny" })) } },
      "Consent.provision.provision",
    ],
    ["an id that is none", { id: "*" }, "Consent.id"],
    ["no reason", {}, "reason", { reason: " " }],
  ] as const)
    test(`is refused with ${what}, by its path, and nothing has changed`, async () => {
      const before = await acts("CONSENT");
      const { extensions } = await refused(recordFhir(resource(of), more ?? {}), "BAD_USER_INPUT");
      assert.ok(
        extensions.problems.some((problem: { path: string }) => problem.path === path),
        JSON.stringify(extensions),
      );
      assert.deepEqual(await acts("CONSENT"), before);
    });

  test("is no text, no list, not deeper than 16 levels, and of no other patient", async () => {
    const deep = (levels: number): object => (levels === 0 ? {} : { extension: [deep(levels - 2)] });
    assert.equal((await answer("recordFhirConsent", recordFhir(resource(deep(14))))).version, 1);
    for (const of of ["Consent", [], resource(deep(16))]) {
      const { extensions } = await refused(recordFhir(of), "BAD_USER_INPUT");
      assert.deepEqual(
        extensions.problems.map(({ path }: { path: string }) => path),
        ["resource"],
      );
    }
    const { extensions } = await refused(
      recordFhir(resource({ patient: { reference: "Patient/somebody-else" } })),
      "BAD_USER_INPUT",
    );
    assert.deepEqual(
      extensions.problems.map(({ path }: { path: string }) => path),
      ["Consent.id"],
    );
  });

  test("is what a consent is exported as, and recording that says the same again", async () => {
    const { id } = await record({
      patient,
      clientId: "reader-app",
      roles: ["nurse"],
      scopes: ["view_observations"],
      purposes: ["TREAT"],
      labels: ["R"],
      validUntil: "2027-01-01T00:00:00Z",
      exceptions: [{ resourceTypes: ["Observation"] }],
    });
    const before = await answer("consent", ask(ONE, { id }));
    const exported = await answer("exportConsent", ask(EXPORT, { id }, auditor));
    assert.deepEqual([exported.resourceType, exported.patient.reference], ["Consent", `Patient/${patient}`]);
    now += 1000;
    const again = await answer("recordFhirConsent", recordFhir(exported));
    const { version, source, at: _at, reason, ...same } = before;
    assert.deepEqual(again, {
      ...same,
      version: version + 1,
      source: { kind: "FHIR", reference: `Consent/${id}` },
      at: new Date(now).toISOString(),
      reason: "From the archive",
    });
    assert.deepEqual((await acts("CONSENT_READ")).at(-1), {
      callerId: (await acts("CONSENT_READ")).at(-1)?.callerId,
      at: now - 1000,
      field: "exportConsent",
      patients: [patient],
      consents: 1,
    });
    await refused(ask(EXPORT, { id: "none" }), "NOT_FOUND");
    await refused(ask(EXPORT, { id }, asker), "FORBIDDEN", 403);
    await refused(ask(RECORD_FHIR, { resource: exported, reason: "r" }, admin), "FORBIDDEN", 403);
  });
});

describe("others", () => {
  test("auditors read all consents, and record none", async () => {
    const mine = [await record({ patient }), await record({ patient: `${patient}-else` })].map(({ id }) => id);
    const seen = idsOf(await list({ first: 2 }, auditor));
    assert.deepEqual(seen.sort(), mine.sort());
    assert.equal((await answer("consent", ask(ONE, { id: mine[0] }, auditor))).id, mine[0]);
    await refused(ask(RECORD, { input: input({ patient }) }, auditor), "FORBIDDEN", 403);
    await refused(ask(WITHDRAW, { id: mine[0], reason: "r" }, auditor), "FORBIDDEN", 403);
  });

  test("services, admins and reviewers neither record nor read", async () => {
    const { id } = await record({ patient });
    for (const key of [asker, admin, reviewer])
      for (const [query, variables] of [
        [RECORD, { input: input({ patient }) }],
        [WITHDRAW, { id, reason: "r" }],
        [ONE, { id }],
        [LIST, { filter: { patient } }],
      ] as const)
        await refused(ask(query, variables, key), "FORBIDDEN", 403);
    assert.deepEqual(idsOf(await list({ filter: { patient } })), [id]);
  });
});

test("each read is an act on record, by whom and about whom, with the patients apart", async () => {
  const { id } = await record({ patient });
  const before = (await acts("CONSENT_READ")).length;
  await list({ filter: { patient } });
  await answer("consent", ask(ONE, { id }, auditor));
  await refused(ask(LIST, {}), "BAD_USER_INPUT");
  await refused(ask(ONE, { id }, asker), "FORBIDDEN", 403);
  const [listed, read, ...more] = (await acts("CONSENT_READ")).slice(before);
  assert.deepEqual(listed, {
    callerId: `key:${portalId}`,
    at: now,
    field: "consents",
    patients: [patient],
    consents: 1,
  });
  assert.deepEqual([read?.field, read?.patients, more], ["consent", [patient], []]);
  const dialect = dialectOf(url);
  const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    const { rows } = await run(
      "SELECT record, personal FROM journal WHERE kind = 'CONSENT_READ' ORDER BY seq DESC LIMIT 1",
    );
    assert.deepEqual(
      [String(rows[0]?.record).includes(patient), String(rows[0]?.personal).includes(patient)],
      [false, true],
    );
  } finally {
    await close();
  }
});

describe("a consent desk, who is a person", () => {
  const TRY = `mutation ($input: RecordConsentInput!, $dryRun: Boolean, $questions: [ConsentQuestionInput!]) {
    recordConsent(input: $input, dryRun: $dryRun, questions: $questions) { id said { outcome code text isPartial basedOn } }
  }`;
  const RESEARCH = { patient: "desk-1", clientId: "reader-app", purposes: ["HRESCH"] };
  const QUESTION = {
    clientId: "reader-app",
    action: "read",
    resource: { type: "Observation" },
    purposeOfUse: "HRESCH",
  };
  const attempt = (questions: readonly object[], more: object = {}) =>
    ask(TRY, { dryRun: true, input: input({ ...RESEARCH, effect: "DENY" }), questions, ...more });
  const pathsOf = async (asked: Promise<Answer>) =>
    (await refused(asked, "BAD_USER_INPUT")).extensions.problems.map(({ path }: { path: string }) => path);

  test("sees what a consent would say, before it is recorded, and each such question is listed", async () => {
    const questions = [
      QUESTION,
      { ...QUESTION, purposeOfUse: "TREAT" },
      {
        subject: { id: "omar" },
        action: "search",
        resource: { type: "Observation", patient: "Patient/desk-1" },
        purposeOfUse: "HRESCH",
      },
    ];
    const { id, said } = await answer("recordConsent", attempt(questions));
    assert.deepEqual(
      said.map(({ basedOn, code, outcome }: Record<string, unknown>) => [outcome, code, basedOn]),
      [
        ["DENIED", "CONSENT_REFUSED", [id]],
        ["BY_SILENCE", null, []],
        ["DEPENDS", null, []],
      ],
    );
    assert.match(
      said[2].text,
      /^Yes: the patient said nothing against it, and silence permits it\. No with the client reader-app\./,
    );
    assert.deepEqual(idsOf(await list({ filter: { patient: "desk-1" } })), [], "nothing was recorded");
    const query = "{ questionsAsked(first: 1) { edges { node { field asked patients questions by { callerId } } } } }";
    const listed = await answer("questionsAsked", ask(query, {}, auditor));
    const resource = { id: null, labels: null, organization: null, type: "Observation" };
    const asked = { action: "read", clientId: "reader-app", purposeOfUse: "HRESCH", resource, subject: null };
    assert.deepEqual(listed.edges[0].node, {
      ...{ field: "recordConsent", patients: ["desk-1"], questions: 3, by: { callerId: `key:${portalId}` } },
      asked: {
        questions: [
          asked,
          { ...asked, purposeOfUse: "TREAT" },
          { ...asked, action: "search", clientId: null, subject: { id: "omar", type: "user" } },
        ],
      },
    });
    // What it says once it is recorded is what a decision says.
    const { id: recorded } = await record({ ...RESEARCH, effect: "DENY" });
    const decided = await answer(
      "authorize",
      ask(
        "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome reasons { code } } }",
        { input: { ...QUESTION, resource: { type: "Observation", id: "o", patient: "desk-1" } } },
        asker,
      ),
    );
    assert.deepEqual([decided.outcome, decided.reasons[0].code], ["DENY", "CONSENT_REFUSED"]);
    assert.equal(recorded === id, false);
    assert.deepEqual((await answer("recordConsent", attempt([]))).said, []);
  });

  test("asks at most five, as a trial, of that patient and of somebody, and no emergency", async () => {
    assert.deepEqual(await pathsOf(attempt([QUESTION], { dryRun: false })), ["questions"]);
    assert.deepEqual(await pathsOf(attempt(Array(6).fill(QUESTION))), ["questions"]);
    assert.deepEqual(
      await pathsOf(
        attempt([
          { ...QUESTION, clientId: null },
          { ...QUESTION, subject: { id: "omar", roles: ["nurse"] } },
          { ...QUESTION, resource: { type: "Observation", patient: "somebody-else" } },
          { ...QUESTION, purposeOfUse: "BTG" },
          { ...QUESTION, action: "" },
        ]),
      ),
      [
        "questions[0].subject",
        "questions[1].subject.roles",
        "questions[2].resource.patient",
        "questions[3].purposeOfUse",
        "questions[4].action",
      ],
    );
  });

  test("is no program", async () => {
    const made = await service.ask(
      'mutation { createApiKey(input: { name: "Portal", roles: [CONSENT], subject: { type: "client", id: "portal" } }, reason: "r") { key } }',
    );
    const { key } = made.body.data.createApiKey;
    const of = { dryRun: true, input: input({ ...RESEARCH, effect: "DENY" }) };
    await refused(ask(TRY, { ...of, questions: [QUESTION] }, key), "FORBIDDEN", 403);
    assert.deepEqual((await answer("recordConsent", ask(TRY, of, key))).said, []);
  });
});
