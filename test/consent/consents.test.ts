import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Caller, CallerRole } from "../../src/domain/callers/types.ts";
import type { RecordConsentInput } from "../../src/domain/consent/consentInput.ts";
import type { ConsentReadAct } from "../../src/domain/consent/consentReadAct.ts";
import { type Consents, createConsents } from "../../src/domain/consent/consents.ts";
import { writeFhirConsent } from "../../src/domain/consent/fhir/writeFhirConsent.ts";
import { MOST_EARLIER } from "../../src/domain/consent/supersession.ts";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { memoryConsentStore } from "../support/memory.ts";
import { snapshotFrom } from "../support/policies.ts";
import { imported, resourceOf, rows } from "./vectorRows.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const DAY = 86_400_000;
const HL7 = "http://terminology.hl7.org/CodeSystem/";

const snapshot = snapshotFrom({
  clients: [
    { id: "portal", name: "Portal", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false },
  ],
  scopes: [
    {
      name: "view_labs",
      version: 1,
      state: "ACTIVE",
      title: null,
      description: null,
      atoms: [{ context: "ANY", resourceType: "LabReport", action: "read", constraint: [] }],
      requiresConsent: false,
      justification: null,
      sunsetAt: null,
      replacedBy: null,
    } as never,
  ],
  grants: [],
  roles: [{ name: "nurse", inherits: [], description: null }],
  assignments: [],
  rules: [],
});

const caller = (...roles: CallerRole[]): Caller => ({ id: "key:portal", roles: new Set(roles), defaultClientId: null });
const portal = caller("consent");

let clock: number;
let store: ReturnType<typeof memoryConsentStore>;
let acts: ConsentReadAct[];
let consents: Consents;
beforeEach(() => {
  clock = NOW;
  store = memoryConsentStore();
  acts = [];
  let ids = 0;
  consents = createConsents({
    store,
    facts: () => ({ directory: EMPTY_DIRECTORY, snapshot, fhirVersion: "R4" }),
    clock: () => clock,
    newId: () => `c-${++ids}`,
    recordRead: async (act) => void acts.push(act),
  });
});

const input = (more: Partial<RecordConsentInput> = {}): RecordConsentInput => ({
  patient: "ada",
  effect: "PERMIT",
  source: { kind: "PORTAL" },
  reason: "Asked at the desk",
  ...more,
});
const problemsOf = async (more: object): Promise<readonly (readonly [string, string])[]> => {
  const error: unknown = await consents.record(portal, { ...input(), ...more }).then(
    () => assert.fail(`recorded: ${JSON.stringify(more)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ScopewardenError, String(error));
  assert.equal(error.code, "BAD_USER_INPUT");
  return error.problems.map(({ message, path }) => [path, message]);
};

describe("what is recorded", () => {
  test("says what was said, in its one form, and any where nothing was said", async () => {
    const { consent, state } = await consents.record(
      portal,
      input({
        patient: "Patient/ada",
        clientId: "portal",
        subjectId: "nina",
        organization: "clinic",
        scopes: ["view_labs", "patient/Observation.rs"],
        purposes: ["TREAT", `${HL7}v3-ActReason|HRESCH`, "TREAT"],
        labels: ["R", "PSY"],
        codes: ["http://loinc.org|2339-0"],
        actions: ["disclose"],
        resourceTypes: ["Observation", "LabReport"],
        validUntil: NOW + DAY,
        exceptions: [{ labels: ["ETHUD"], purposes: ["BTG"] }],
        source: { kind: "PAPER", reference: "form 7" },
      }),
    );
    assert.equal(state, "ACTIVE");
    assert.deepEqual(consent, {
      id: "c-1",
      version: 1,
      step: "RECORDED",
      patient: "ada",
      effect: "PERMIT",
      recipients: [
        {
          clientId: "portal",
          subject: { id: "nina", type: "user" },
          role: null,
          organization: "clinic",
          group: null,
          identifier: null,
        },
      ],
      scopes: ["view_labs", "patient/Observation.rs"],
      purposes: [`${HL7}v3-ActReason|TREAT`, `${HL7}v3-ActReason|HRESCH`],
      actions: [`${HL7}consentaction|disclose`],
      data: {
        resourceTypes: ["Observation", "LabReport"],
        categories: null,
        labels: [`${HL7}v3-Confidentiality|R`, `${HL7}v3-ActCode|PSY`],
        codes: ["http://loinc.org|2339-0"],
        references: null,
        authors: null,
        from: null,
        until: null,
      },
      validFrom: null,
      validUntil: NOW + DAY,
      includeNarrower: false,
      exceptions: [
        {
          effect: "DENY",
          recipients: null,
          scopes: null,
          purposes: [`${HL7}v3-ActReason|BTG`],
          actions: null,
          data: {
            resourceTypes: null,
            categories: null,
            labels: [`${HL7}v3-ActCode|ETHUD`],
            codes: null,
            references: null,
            authors: null,
            from: null,
            until: null,
          },
          validFrom: null,
          validUntil: null,
        },
      ],
      source: { kind: "PAPER", reference: "form 7" },
      madeAt: NOW,
      recordedAt: NOW,
      recordedBy: "key:portal",
      reason: "Asked at the desk",
    });
    assert.deepEqual(store.recorded, [consent]);

    const { consent: open } = await consents.record(portal, input({ effect: "DENY" }));
    assert.deepEqual([open.recipients, open.scopes, open.purposes, open.exceptions], [null, null, null, []]);
    assert.ok(Object.values(open.data).every((member) => member === null));
  });

  test("one each of roles, groups and identifiers is a recipient", async () => {
    const { consent } = await consents.record(
      portal,
      input({ organization: "clinic", roles: ["nurse"], groups: ["ward", "night"], identifiers: ["urn:oid:1.2|77"] }),
    );
    assert.deepEqual(
      consent.recipients?.map(({ group, identifier, organization, role }) => [organization, role, group, identifier]),
      [
        ["clinic", "nurse", "ward", "urn:oid:1.2|77"],
        ["clinic", "nurse", "night", "urn:oid:1.2|77"],
      ],
    );
  });

  for (const [what, more, path, message] of [
    ["a patient by two names", { patient: "Patient/Patient/ada" }, "input.patient", /must be an id/],
    ["no patient", { patient: "" }, "input.patient", /empty/],
    ["a client that is not there", { clientId: "portl" }, "input.clientId", /no client portl/],
    ["a role that is not there", { roles: ["nurs"] }, "input.roles[0]", /did you mean nurse\?/],
    ["a type without a subject", { subjectType: "user" }, "input.subjectId", /is missing/],
    ["every organization", { organization: "*" }, "input.organization", /stands for any/],
    ["an unknown scope", { scopes: ["view_labs", "view_lab"] }, "input.scopes[1]", /no scope view_lab/],
    ["a slip in a SMART scope", { scopes: ["patient/Observaton.rs"] }, "input.scopes[0]", /Observation/],
    ["an unknown purpose", { purposes: ["TREET"] }, "input.purposes[0]", /did you mean TREAT\?/],
    ["the same in full", { purposes: [`${HL7}v3-ActReason|TREET`] }, "input.purposes[0]", /did you mean TREAT\?/],
    ["an unknown label", { labels: ["ETHUDD"] }, "input.labels[0]", /did you mean ETHUD\?/],
    ["a label with a bar alone", { labels: ["|R"] }, "input.labels[0]", /system\|code/],
    ["a label of an unknown system", { labels: ["urn:x|R"] }, "input.labels[0]", /unknown system/],
    ["a code of no system", { codes: ["2339-0"] }, "input.codes[0]", /system\|code/],
    [
      "a misspelt system",
      { codes: ["https://loinc.org/|2339-0"] },
      "input.codes[0]",
      /did you mean http:\/\/loinc.org\?/,
    ],
    ["a category of no system", { categories: ["laboratory"] }, "input.categories[0]", /system\|code/],
    ["an identifier of no system", { identifiers: ["77"] }, "input.identifiers[0]", /absolute URI/],
    ["an unknown action", { actions: ["read"] }, "input.actions[0]", /access, collect/],
    ["an unknown type", { resourceTypes: ["Observaton"] }, "input.resourceTypes[0]", /Observation/],
    ["a type of another version", { resourceTypes: ["ActorDefinition"] }, "input.resourceTypes[0]", /R5/],
    ["every type", { resourceTypes: ["*"] }, "input.resourceTypes[0]", /leave the list out/],
    ["an author by id alone", { authors: ["nina"] }, "input.authors[0]", /Type\/id/],
    [
      "a reference to no type",
      { references: [{ meaning: "instance", reference: "X/1" }] },
      "input.references[0].reference",
      /no FHIR R4/,
    ],
    ["an empty list", { scopes: [] }, "input.scopes", /leave it out for any/],
    ["a long list", { codes: Array.from({ length: 101 }, (_, i) => `urn:x|${i}`) }, "input.codes", /at most 100/],
    [
      "many recipients",
      {
        groups: Array.from({ length: 11 }, (_, i) => `g${i}`),
        identifiers: Array.from({ length: 10 }, (_, i) => `urn:x|${i}`),
      },
      "input",
      /more than 100 recipients/,
    ],
    ["a period turned round", { validFrom: NOW + 2, validUntil: NOW + 1 }, "input.validUntil", /after validFrom/],
    ["a period that is over", { validUntil: NOW }, "input.validUntil", /in the future/],
    ["data of a period turned round", { dataFrom: 2, dataUntil: 2 }, "input.dataUntil", /after dataFrom/],
    ["what is said tomorrow", { madeAt: NOW + 1 }, "input.madeAt", /future/],
    ["no reason", { reason: " " }, "input.reason", /must say why/],
    ["a reason without end", { reason: "x".repeat(2001) }, "input.reason", /2000/],
    ["an id that is none", { id: "*" }, "input.id", /any/],
    ["an empty reference", { source: { kind: "PAPER", reference: "" } }, "input.source.reference", /empty/],
    [
      "too many exceptions",
      { exceptions: Array.from({ length: 51 }, () => ({ labels: ["R"] })) },
      "input.exceptions",
      /at most 50/,
    ],
    [
      "too many scopes, however they are spread",
      {
        scopes: ["view_labs"],
        exceptions: Array.from({ length: 50 }, (_, i) => ({
          scopes: Array.from({ length: 5 }, (_, n) => `patient/Observation.rs?code=${i}-${n}`),
        })),
      },
      "input.scopes",
      /at most 250 scopes/,
    ],
    ["an exception from everything", { exceptions: [{}] }, "input.exceptions[0]", /reverse the whole consent/],
    [
      "a bad exception",
      { exceptions: [{ labels: ["R"] }, { purposes: ["X"] }] },
      "input.exceptions[1].purposes[0]",
      /PurposeOfUse/,
    ],
  ] as const)
    test(`is refused with ${what}, by its path, and nothing is recorded`, async () => {
      const problems = await problemsOf(more);
      assert.deepEqual(
        problems.map(([at]) => at),
        [path],
      );
      assert.match(problems[0]?.[1] ?? "", message);
      assert.deepEqual(store.recorded, []);
    });

  test("all that is wrong is told at once", async () => {
    const problems = await problemsOf({ patient: "", clientId: "x", purposes: ["X"], reason: "" });
    assert.deepEqual(problems.map(([path]) => path).sort(), [
      "input.clientId",
      "input.patient",
      "input.purposes[0]",
      "input.reason",
    ]);
  });
});

test("every Consent of the third-party cases is recorded as it is read, or refused where the case says so", async () => {
  let recorded = 0;
  for (const row of rows)
    for (const each of row.consents) {
      const resource = resourceOf(each);
      const includeNarrower = row.includeNarrower?.includes(resource.id) ?? false;
      store.recorded.length = 0;
      try {
        const { consent } = await consents.recordFhir(portal, {
          ...{ resource, includeNarrower, untilLinked: "ALL", reason: "a case" },
        });
        const { data, recipients, purposes, exceptions, madeAt, step, validUntil, areas } = imported(resource, row);
        const of = consent;
        assert.deepEqual(
          [of.data, of.recipients, of.purposes, of.exceptions, of.madeAt, of.step, of.validUntil, of.areas],
          [data, recipients, purposes, exceptions, madeAt, step, validUntil, areas],
        );
        assert.deepEqual(store.recorded, [consent]);
        recorded++;
      } catch (error) {
        if (!(error instanceof ScopewardenError)) throw error;
        assert.deepEqual(
          [error.code, error.problems.map(({ path }) => path)],
          ["BAD_USER_INPUT", [row.expect.import?.refused]],
          row.id,
        );
        assert.deepEqual(store.recorded, []);
      }
    }
  assert.ok(recorded > 100, String(recorded));
});

describe("versions", () => {
  test("the same id again is the next version, and stands for all that was said before", async () => {
    await consents.record(portal, input({ id: "c", purposes: ["TREAT"] }));
    clock += 1000;
    const { consent } = await consents.record(portal, input({ id: "c", patient: "Patient/ada", effect: "DENY" }));
    assert.deepEqual([consent.version, consent.effect, consent.purposes], [2, "DENY", null]);
    const seen = await consents.consent(portal, "c");
    assert.deepEqual([seen?.consent.version, seen?.state], [2, "ACTIVE"]);
  });

  test("a consent of another patient is no consent to go on with", async () => {
    await consents.record(portal, input({ id: "c" }));
    assert.deepEqual(await problemsOf({ id: "c", patient: "bob" }), [
      ["input.id", "is the id of another patient's consent"],
    ]);
    assert.equal(store.recorded.length, 1);
  });

  test("who comes second is told so", async () => {
    await consents.record(portal, input({ id: "c" }));
    store.raced = true;
    await assert.rejects(consents.record(portal, input({ id: "c" })), { code: "CONFLICT" });
    await assert.rejects(consents.withdraw(portal, "c", "r"), { code: "CONFLICT" });
    assert.equal(store.recorded.length, 1);
  });

  test("a withdrawal is a version that ends it, once, and a new word begins again", async () => {
    const { consent: before } = await consents.record(portal, input({ id: "c", scopes: ["view_labs"] }));
    clock += 1000;
    const { consent, state } = await consents.withdraw(caller("consent"), "c", "Changed her mind");
    assert.equal(state, "WITHDRAWN");
    assert.deepEqual(consent, {
      ...before,
      version: 2,
      step: "WITHDRAWN",
      recordedAt: NOW + 1000,
      reason: "Changed her mind",
    });
    await assert.rejects(consents.withdraw(portal, "c", "r"), { code: "CONFLICT", message: /withdrawn already/ });
    await assert.rejects(consents.withdraw(portal, "d", "r"), { code: "NOT_FOUND" });
    await assert.rejects(consents.withdraw(portal, "c", ""), { code: "BAD_USER_INPUT", message: /^reason:/ });
    await assert.rejects(consents.withdraw(portal, "", "r"), { code: "BAD_USER_INPUT", message: /^id:/ });
    assert.equal(store.recorded.length, 2);
    assert.equal((await consents.record(portal, input({ id: "c" }))).state, "ACTIVE");
  });
});

describe("reading", () => {
  const everything = { first: 10, after: null };
  beforeEach(async () => {
    for (const [id, patient] of [
      ["a", "ada"],
      ["b", "bob"],
      ["c", "ada"],
    ] as const)
      await consents.record(portal, input({ id, patient, purposes: [id === "c" ? "HRESCH" : "TREAT"] }));
  });
  const idsOf = async (who: Caller, filter: object): Promise<readonly string[]> =>
    (await consents.page(who, { filter, page: everything })).items.map(({ node }) => node.consent.id);

  test("one patient's for who records them, all for an auditor", async () => {
    assert.deepEqual(await idsOf(portal, { patient: "Patient/ada" }), ["c", "a"]);
    assert.deepEqual(await idsOf(caller("auditor"), {}), ["c", "b", "a"]);
    assert.deepEqual(await idsOf(caller("consent", "auditor"), {}), ["c", "b", "a"]);
    await assert.rejects(idsOf(portal, {}), { code: "BAD_USER_INPUT", message: /^filter.patient: is missing/ });
    await assert.rejects(idsOf(portal, { clientId: "portal" }), { code: "BAD_USER_INPUT" });
    await assert.rejects(idsOf(portal, { patient: "Patient/" }), { code: "BAD_USER_INPUT" });
  });

  test("is on record before the answer, with whose it was", async () => {
    await idsOf(portal, { patient: "ada" });
    await idsOf(portal, { patient: "nobody" });
    await idsOf(caller("auditor"), {});
    await consents.consent(portal, "b");
    await consents.consent(portal, "nothing");
    const of = { callerId: "key:portal", at: NOW };
    assert.deepEqual(acts, [
      { ...of, field: "consents", patients: ["ada"], consents: 2 },
      { ...of, field: "consents", patients: ["nobody"], consents: 0 },
      { ...of, field: "consents", patients: ["ada", "bob"], consents: 3 },
      { ...of, field: "consent", patients: ["bob"], consents: 1 },
    ]);
  });

  test("is refused where it can't be put on record", async () => {
    const down = createConsents({
      store,
      facts: () => ({ directory: EMPTY_DIRECTORY, snapshot, fhirVersion: "R4" }),
      clock: () => clock,
      newId: () => "x",
      recordRead: () => Promise.reject(new ScopewardenError("JOURNAL_UNAVAILABLE", "down")),
    });
    await assert.rejects(down.consent(portal, "a"), { code: "JOURNAL_UNAVAILABLE" });
    await assert.rejects(down.page(portal, { filter: { patient: "ada" }, page: everything }), {
      code: "JOURNAL_UNAVAILABLE",
    });
  });
});

test("so many scopes as may be are recorded, from FHIR too, and one more is not", async () => {
  const exceptions = Array.from({ length: 50 }, (_, i) => ({
    scopes: Array.from({ length: 5 }, (_, n) => `patient/Observation.rs?code=${i}-${n}`),
  }));
  const { consent } = await consents.record(portal, input({ id: "a", effect: "PERMIT", exceptions }));
  assert.equal(consent.exceptions.flatMap(({ scopes }) => scopes ?? []).length, 250);
  const exported = await consents.export(portal, "a");
  await consents.recordFhir(portal, { resource: exported as never, reason: "Again" });
  const { modifierExtension } = writeFhirConsent({ ...consent, scopes: ["view_labs"], exceptions: [] }).provision as {
    readonly modifierExtension: unknown;
  };
  const resource = { ...exported, provision: { ...exported.provision, modifierExtension } };
  await assert.rejects(consents.recordFhir(portal, { resource: resource as never, reason: "Again" }), {
    message: /^Consent.provision.modifierExtension: scopes: must name at most 250 scopes/,
  });
});

describe("what a consent has replaced stays replaced", () => {
  const treat = { clientId: "portal", purposes: ["TREAT"] };
  const research = { clientId: "portal", purposes: ["HRESCH"] };
  const record = async (at: number, more: Partial<RecordConsentInput>) => {
    clock = NOW + at * DAY;
    return (await consents.record(portal, input(more))).consent;
  };
  const stateOf = async (id: string, at = 90): Promise<string | undefined> => {
    clock = NOW + at * DAY;
    return (await consents.consent(portal, id))?.state;
  };

  test("when it says something else", async () => {
    await record(0, { id: "b", ...treat, effect: "DENY" });
    await record(1, { id: "a", ...treat });
    assert.equal(await stateOf("b"), "SUPERSEDED");
    await record(2, { id: "a", ...research });
    assert.equal(await stateOf("b"), "SUPERSEDED");
    await record(3, { id: "a", patient: "ada", purposes: ["HPAYMT"] });
    assert.equal(await stateOf("b"), "SUPERSEDED");
    assert.equal(await stateOf("a"), "ACTIVE");
  });

  test("when it says something else and is withdrawn", async () => {
    await record(0, { id: "b", ...treat });
    await record(1, { id: "a", ...treat });
    await record(2, { id: "a", ...research });
    clock = NOW + 3 * DAY;
    await consents.withdraw(portal, "a", "Not any more");
    assert.equal(await stateOf("b"), "SUPERSEDED");
  });

  test("also what a version had replaced that begins anew later, or was said before that", async () => {
    await record(0, { id: "b", ...treat });
    await record(1, { id: "a", ...treat });
    await record(2, { id: "a", ...treat, validFrom: NOW + 50 * DAY });
    assert.equal(await stateOf("b", 10), "SUPERSEDED");
    await record(11, { id: "a", ...treat, madeAt: NOW - DAY });
    assert.equal(await stateOf("b", 12), "SUPERSEDED");
    assert.equal(await stateOf("a", 12), "ACTIVE");
  });

  test("but not what was never replaced", async () => {
    await record(0, { id: "b", ...treat });
    // It says something else before it began, or is withdrawn before that.
    await record(1, { id: "a", ...treat, validFrom: NOW + 50 * DAY });
    await record(2, { id: "a", ...research });
    await record(1, { id: "c", ...treat, validFrom: NOW + 50 * DAY });
    await consents.withdraw(portal, "c", "Not any more");
    await record(60, { id: "c", ...research });
    assert.equal(await stateOf("b"), "ACTIVE");
    // What is said after that is newer than what stood there.
    await record(70, { id: "d", ...treat });
    await record(71, { id: "d", ...research });
    await record(72, { id: "e", ...treat });
    assert.equal(await stateOf("b"), "SUPERSEDED");
    assert.equal(await stateOf("e"), "ACTIVE");
  });

  test("a version says only what it does not stand for itself, each once", async () => {
    const versions = [];
    for (const [at, more] of [treat, research, treat, research, treat].entries())
      versions.push(await record(at, { id: "a", ...more }));
    const carried = versions.map(({ earlier }) => earlier?.map(({ madeAt }) => (madeAt - NOW) / DAY));
    assert.deepEqual(carried, [undefined, [0], [1], [2], [3]]);
  });

  test("a consent that was for very many is not for others any more, and can be withdrawn", async () => {
    const purposes = ["TREAT", "ETREAT", "HPAYMT", "HOPERAT", "HRESCH"];
    const sets = purposes.flatMap((one) => purposes.map((other) => [...new Set([one, other])].sort()));
    const each = [...new Map(sets.map((set) => [set.join(), set])).values()].map((set) => ({ purposes: set }));
    const all = [...each, ...each.map((one) => ({ ...one, clientId: "portal" }))].slice(0, MOST_EARLIER + 2);
    for (const [at, more] of all.slice(0, -1).entries()) await record(at, { id: "a", ...more });
    await assert.rejects(record(50, { id: "a", ...all.at(-1) }), (error: ScopewardenError) => {
      assert.equal(error.problems[0]?.path, "input.id");
      return /different recipients, purposes and data/.test(error.message);
    });
    clock = NOW + 51 * DAY;
    const { consent } = await consents.withdraw(portal, "a", "Not any more");
    assert.equal(consent.earlier?.length, MOST_EARLIER);
  });
});

describe("what a recording ends, and what stays", () => {
  const hiv = { id: "hiv", effect: "DENY", purposes: ["TREAT"], labels: ["HIV"] } as const;

  test("is in the answer", async () => {
    clock = NOW;
    await consents.record(portal, input(hiv));
    clock += 1000;
    const { replaces } = await consents.record(portal, input({ id: "all", purposes: ["TREAT"] }));
    assert.deepEqual([replaces?.ends, replaces?.stays.map(({ id }) => id)], [[], ["hiv"]]);
    clock += 1000;
    const all = await consents.record(portal, input({ id: "anew", purposes: ["TREAT"], replacesAll: true }));
    assert.deepEqual(
      [all.replaces?.ends.map(({ consent, isWhole }) => [consent.id, isWhole]), all.replaces?.stays],
      [
        [
          ["hiv", true],
          ["all", true],
        ],
        [],
      ],
    );
  });

  test("a dry run says the same, records nothing, and is a read on record", async () => {
    clock = NOW;
    store.recorded.length = 0;
    await consents.record(portal, input({ ...hiv, patient: "dry" }));
    clock += 1000;
    const next = input({ id: "named", patient: "dry", purposes: ["TREAT"], labels: ["HIV"] });
    const tried = await consents.record(portal, next, true);
    assert.deepEqual(
      tried.replaces?.ends.map(({ consent, isWhole }) => [consent.id, isWhole]),
      [["hiv", true]],
    );
    assert.equal(store.recorded.length, 1);
    assert.equal(await consents.consent(portal, "named"), null);
  });
});
