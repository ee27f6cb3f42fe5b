import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isInputObjectType, isObjectType } from "graphql";
import { flatConsent } from "../support/flatConsent.ts";
import { apply, at, callerOf, openWorld } from "./world.ts";

const world = await openWorld();
await apply(world, [
  { putClient: { id: "app", name: "App" } },
  { putRole: { name: "nurse" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
]);
const portal = callerOf("key:root", "consent");
const HL7 = "http://terminology.hl7.org/CodeSystem/";

/** What can be said of who, what and when: what is said, and what is shown of it where that is something else. */
const SAMPLES: Readonly<Record<string, { readonly said: unknown; readonly shown?: unknown; readonly with?: object }>> =
  {
    clientId: { said: "app" },
    subjectId: { said: "nina" },
    subjectType: { said: "robot", with: { subjectId: "nina" } },
    organization: { said: "clinic" },
    roles: { said: ["nurse"] },
    groups: { said: ["ward", "night"] },
    identifiers: { said: ["urn:oid:1.2|7", "urn:oid:1.2|8"] },
    scopes: { said: ["view_labs", "patient/Observation.rs"] },
    purposes: { said: ["TREAT"], shown: [`${HL7}v3-ActReason|TREAT`] },
    actions: { said: ["use"], shown: [`${HL7}consentaction|use`] },
    resourceTypes: { said: ["Observation"] },
    categories: { said: [`${HL7}observation-category|laboratory`] },
    labels: { said: ["R", "HIV"], shown: [`${HL7}v3-Confidentiality|R`, `${HL7}v3-ActCode|HIV`] },
    codes: { said: ["http://loinc.org|2339-0"] },
    references: { said: [{ meaning: "RELATED", reference: "Encounter/e1" }] },
    authors: { said: ["Practitioner/nina"] },
    dataFrom: { said: "2020-01-01T00:00:00.000Z" },
    dataUntil: { said: "2021-01-01T00:00:00.000Z" },
    validFrom: { said: "2026-01-01T00:00:00.000Z" },
    validUntil: { said: "2027-01-01T00:00:00.000Z" },
  };
const OF_CONSENTS: typeof SAMPLES = {
  ...SAMPLES,
  id: { said: "of-ann" },
  patient: { said: "Patient/ann", shown: "ann" },
  effect: { said: "DENY" },
  includeNarrower: { said: true },
  replacesAll: { said: true },
  source: { said: { kind: "PAPER", reference: "form 7" } },
  madeAt: { said: "2025-01-01T00:00:00.000Z" },
  reason: { said: "She signed it" },
};
/** A refusal of a group or an identifier to which nobody is linked is recorded only where that is meant. */
const UNTIL_LINKED: Readonly<Record<string, object>> = {
  groups: { untilLinked: "ALL" },
  identifiers: { untilLinked: "ALL" },
};
const OF_EXCEPTIONS: typeof SAMPLES = { ...SAMPLES, effect: { said: "PERMIT", with: { organization: "ward" } } };

function fieldsOf(name: string): readonly string[] {
  const type = world.schema.getType(name);
  assert.ok(isInputObjectType(type) || isObjectType(type), name);
  return Object.keys(type.getFields()).sort();
}

const PROVISION = `effect clientId subjectId subjectType organization roles groups identifiers recipients { role } scopes purposes actions
  resourceTypes categories labels codes references { meaning reference } authors dataFrom dataUntil validFrom validUntil`;
const RECORD = `mutation ($input: RecordConsentInput!) { recordConsent(input: $input) {
  id patient areas terms { ${PROVISION} } includeNarrower replacesAll exceptions { terms { ${PROVISION} } } source { kind reference } madeAt reason } }`;
const PLAIN = { patient: "bob", effect: "PERMIT", source: { kind: "PORTAL" }, reason: "r" };
const record = async (input: object): Promise<object> =>
  flatConsent(at(await world.data(RECORD, { input: { ...PLAIN, ...input } }, portal), "recordConsent") as never);

describe("every member of a consent", () => {
  test("has a sample here", () => {
    assert.deepEqual(
      Object.keys(OF_CONSENTS).concat("exceptions", "untilLinked").sort(),
      fieldsOf("RecordConsentInput"),
    );
    assert.deepEqual(Object.keys(OF_EXCEPTIONS).sort(), fieldsOf("ConsentExceptionInput"));
    const shown = fieldsOf("ConsentTerms").filter((name) => name !== "client");
    assert.deepEqual(Object.keys(OF_EXCEPTIONS).concat("recipients").sort(), shown);
  });

  for (const [name, { said, shown = said, with: beside = {} }] of Object.entries(OF_CONSENTS))
    test(`that is said is recorded and shown, and no other: ${name}`, async () => {
      const before = { ...(await record(beside)), recipients: null, id: null, madeAt: null };
      const after = { ...before, ...(await record({ ...beside, [name]: said })), recipients: null };
      const differs = (Object.keys(after) as (keyof typeof after)[]).filter(
        (member) => JSON.stringify(after[member]) !== JSON.stringify(before[member]),
      );
      const expected = name === "subjectId" ? ["subjectId", "subjectType"] : [name];
      assert.deepEqual(
        differs.filter((member) => !["id", "madeAt"].includes(member) || member === name).sort(),
        expected,
      );
      assert.deepEqual(at(after, name), shown);
    });

  for (const [name, { said, shown = said, with: beside = {} }] of Object.entries(OF_EXCEPTIONS))
    test(`of an exception that is said is recorded and shown, and no other: ${name}`, async () => {
      const [excepted] = at(
        await record({ ...UNTIL_LINKED[name], exceptions: [{ ...beside, [name]: said }] }),
        "exceptions",
      ) as object[];
      const { effect, recipients: _, ...others } = excepted as Readonly<Record<string, unknown>>;
      const members = Object.keys(others).filter((member) => others[member] !== null);
      const expected = new Set([...Object.keys(beside), ...(name === "effect" ? [] : [name])]);
      if (expected.has("subjectId")) expected.add("subjectType");
      assert.deepEqual([members.sort(), at(excepted, name)], [[...expected].sort(), shown]);
      assert.equal(effect, name === "effect" ? "PERMIT" : "DENY");
    });
});

test("recipients that share nothing are told one by one, and no member stands for all", async () => {
  const input = { ...PLAIN, patient: "eve", roles: ["nurse"], groups: ["ward", "night"] };
  const shown = at(
    await world.data(
      "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { terms { clientId roles groups recipients { role group clientId } } } }",
      { input },
      portal,
    ),
    "recordConsent",
    "terms",
  );
  assert.deepEqual(shown, {
    clientId: null,
    roles: ["nurse"],
    groups: ["ward", "night"],
    recipients: [
      { role: "nurse", group: "ward", clientId: null },
      { role: "nurse", group: "night", clientId: null },
    ],
  });
});
