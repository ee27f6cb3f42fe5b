import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { patientsOfDecision } from "../../src/domain/decisions/patientsOfDecision.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { Properties } from "../../src/domain/directory/entity.ts";
import { isAskedWhy, isAsPatient, roleUsed } from "../../src/domain/monitoring/explanations/accessesOf.ts";
import {
  explainByRecord,
  explainByRelation,
  NOTHING_ON_RECORD,
} from "../../src/domain/monitoring/explanations/explainPatient.ts";
import { type Explanation, isRelation } from "../../src/domain/monitoring/explanations/explanation.ts";
import { byConsent } from "../../src/domain/monitoring/explanations/grounds.ts";
import {
  isUnderCare,
  knownParties,
  type PatientAccess,
  patientRelation,
  unitOf,
} from "../../src/domain/monitoring/explanations/patientAccess.ts";
import { type ExplainedAccess, SeenBefore } from "../../src/domain/monitoring/explanations/seenBefore.ts";
import { consentOf } from "../support/consents.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";

type Entities = Readonly<Record<string, Properties>>;
const PERSON = { type: "user", id: "nina" };

function accessWith(entities: Entities, more: Partial<PatientAccess> = {}): PatientAccess {
  const put = Object.entries(entities).map(([name, properties], i) => {
    const [type = "", id = ""] = name.split("/");
    return { type, id, properties, version: i + 1 };
  });
  const person = more.person ?? PERSON;
  const patient = more.patient ?? "ada";
  const parties = { person, patient, resource: { type: "DocumentReference", id: "note" } };
  const known = knownParties(directoryOf(put, put.length), parties, (version) => version * 100);
  return { at: NOON, person, patient, role: "nurse", organization: "north", asPatient: false, known, ...more };
}

/** What the directory has, what more is said of the access, and the explanation: kind, reference and since. */
const RELATIONS: readonly (readonly [string, Entities, Partial<PatientAccess>, string | null])[] = [
  ["nothing is known", {}, {}, null],
  ["on the patient's care team", { "Patient/ada": { careTeam: ["noor", "nina"] } }, {}, "CARE_TEAM Patient/ada 100"],
  [
    "on the resource's",
    { "DocumentReference/note": { careTeam: ["nina"] } },
    {},
    "CARE_TEAM DocumentReference/note 100",
  ],
  ["on another's", { "Patient/ada": { careTeam: ["noor"] }, "Patient/ben": { careTeam: ["nina"] } }, {}, null],
  ["appointment with the person", { "Patient/ada": { appointments: ["nina"] } }, {}, "APPOINTMENT Patient/ada 100"],
  [
    "appointment with a department of the person",
    { "Patient/ada": { appointments: ["eyes"] }, "user/nina": { departments: ["ears", "eyes"] } },
    {},
    "APPOINTMENT Patient/ada 200",
  ],
  ["order", { "Patient/ada": { orders: ["lab"] }, "user/nina": { unit: "lab" } }, {}, "ORDER Patient/ada 200"],
  ["referral", { "Patient/ada": { referrals: ["nina"] } }, {}, "REFERRAL Patient/ada 100"],
  ["referral to a unit elsewhere", { "Patient/ada": { referrals: ["x"] }, "user/nina": { unit: "w1" } }, {}, null],
  ["the same unit", { "Patient/ada": { unit: "w1" }, "user/nina": { unit: "w1" } }, {}, "SAME_UNIT Patient/ada 200"],
  [
    "a department in common",
    { "Patient/ada": { departments: ["a", "b"] }, "user/nina": { departments: ["b"] } },
    {},
    "SAME_UNIT Patient/ada 200",
  ],
  ["other units", { "Patient/ada": { unit: "w1" }, "user/nina": { unit: "w2" } }, {}, null],
  ["neither has a unit", { "Patient/ada": {}, "user/nina": {} }, {}, null],
  [
    "the strongest counts",
    { "Patient/ada": { unit: "w1", careTeam: ["nina"] }, "user/nina": { unit: "w1" } },
    {},
    "CARE_TEAM Patient/ada 100",
  ],
  ["one's own, by the id", {}, { asPatient: true, person: { type: "user", id: "ada" } }, `OWN_RECORD null ${NOON}`],
  [
    "one's own, by the record",
    { "user/nina": { patientRecord: "ada" } },
    { asPatient: true },
    "OWN_RECORD user/nina 100",
  ],
  ["one's own, at work", { "user/nina": { patientRecord: "ada" } }, {}, null],
  ["a child's", { "user/nina": { represents: ["ada"] } }, { asPatient: true }, "REPRESENTS user/nina 100"],
  ["a child's, at work", { "user/nina": { represents: ["ada"] } }, {}, null],
  [
    "a relative's",
    { "user/nina": { relatives: ["ada"], household: "h" }, "Patient/ada": { household: "h" } },
    {},
    null,
  ],
  ["a practitioner named as the patient", {}, { asPatient: true, person: { type: "Practitioner", id: "ada" } }, null],
];

describe("a relation that the directory knows", () => {
  for (const [what, entities, more, expected] of RELATIONS)
    test(`${what}: ${expected?.split(" ")[0] ?? "unexplained"}`, () => {
      const found = explainByRelation(accessWith(entities, more));
      assert.equal(found === null ? null : `${found.kind} ${found.reference} ${found.since}`, expected);
      assert.ok(found === null || isRelation(found.kind));
    });
});

describe("what an access is asked", () => {
  const own = (more: Parameters<typeof accessOf>[1]) => isAsPatient(accessOf("x", more));

  test("as a patient is who has a patient's type, or uses patient/ scopes at no other purpose", () => {
    assert.equal(own({ type: "patient" }), true);
    assert.equal(own({ type: "Patient", purposeOfUse: "TREAT" }), true);
    assert.equal(own({ scope: "patient/Observation.rs", purposeOfUse: null }), true);
    assert.equal(own({ scope: "patient/Observation.rs", purposeOfUse: "FAMRQT" }), true);
    // A clinician's launch has a patient in context too.
    assert.equal(own({ scope: "patient/Observation.rs", purposeOfUse: "TREAT" }), false);
    assert.equal(own({ scope: "user/Observation.rs", purposeOfUse: null }), false);
    assert.equal(own({ scope: "view_notes", purposeOfUse: "PATRQT" }), false);
    assert.equal(own({ type: "Practitioner", scope: "patient/Observation.rs", purposeOfUse: null }), false);
    assert.equal(own({ person: null, scope: "patient/Observation.rs", purposeOfUse: null }), false);
  });

  test("why: accesses that were allowed to a person", () => {
    assert.equal(isAskedWhy(accessOf("x")), true);
    assert.equal(isAskedWhy(accessOf("x", { outcome: "DENY" })), false);
    assert.equal(isAskedWhy(accessOf("x", { person: null })), false);
    assert.equal(isAskedWhy(accessOf("x", { type: "client" })), false);
  });

  test("by which role: the one that is held itself, of the scope that allowed it", () => {
    const of = (...roles: readonly (string | null)[]): AccessRecord => ({
      ...accessOf("x"),
      reasons: roles.map((role, i) =>
        reason("ALLOWED_BY_RULE", { role, ruleId: "r", scope: i === 0 ? "other" : "view_notes" }),
      ),
    });
    assert.equal(roleUsed(of("clerk", "charge_nurse -> nurse -> staff")), "charge_nurse");
    assert.equal(roleUsed(of("clerk", "nurse (asserted by the caller) -> staff")), "nurse");
    assert.equal(roleUsed(of("clerk")), "clerk");
    assert.equal(roleUsed(of(null)), null);
  });

  test("about whom: who is named, or whom a filter confines it to; a filter with a way beside it confines to nobody", () => {
    const filter = (...allOf: readonly unknown[]): AccessRecord => ({
      ...accessOf("x", { patient: null }),
      obligations: [{ type: "filter", parameters: { allOf } as never }],
    });
    const patient = { type: "patient", patient: "ada" };
    const labels = { type: "labels", labels: ["N"] };
    assert.deepEqual(patientsOfDecision(accessOf("x")), ["ada"]);
    assert.deepEqual(patientsOfDecision(filter({ anyOf: [labels] }, { anyOf: [patient] })), ["ada"]);
    assert.deepEqual(patientsOfDecision(filter({ anyOf: [labels, patient] })), []);
    assert.deepEqual(patientsOfDecision(accessOf("x", { patient: null })), []);
  });
});

test("a consent explains by permitting who is named, for the purpose, and no longer than it holds", () => {
  const nina = { clientId: null, subject: PERSON, role: null, organization: null, group: null, identifier: null };
  const question = {
    patient: "ann",
    recipient: {
      clientId: "ehr",
      subject: PERSON,
      roles: new Set(["nurse"]),
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
    purposes: ["http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT"],
    scope: "view_notes",
    action: null,
    at: 5_000,
    data: { kind: "SET", resourceType: "Observation" },
  } as const;
  const explained = (...more: readonly Parameters<typeof consentOf>[0][]) =>
    byConsent(
      more.map((each, i) => consentOf({ id: `c${i}`, recipients: [nina], ...each })),
      question,
    )?.reference ?? null;
  assert.equal(explained({}), "c0");
  assert.equal(explained({ recipients: null }), null);
  assert.equal(explained({ recipients: [{ ...nina, subject: null, clientId: "ehr" }] }), null);
  assert.equal(explained({ recipients: [{ ...nina, subject: null, role: "nurse" }] }), null);
  assert.equal(explained({ recipients: [{ ...nina, subject: { type: "user", id: "noor" } }] }), null);
  assert.equal(explained({ effect: "DENY" }), null);
  assert.equal(explained({ step: "WITHDRAWN" }), null);
  assert.equal(explained({ validUntil: 4_000 }), null);
  assert.equal(explained({ purposes: ["http://terminology.hl7.org/CodeSystem/v3-ActReason|HPAYMT"] }), null);
  assert.equal(explained({}, { effect: "DENY", recipients: null, madeAt: 2_000 }), null, "a refusal outweighs");
  assert.equal(explained({ recipients: null }, { effect: "DENY" }), null, "a refusal that names is no ground");
});

test("what the directory says beside it: oneself, a relative, the household, a colleague", () => {
  const relation = (entities: Entities, asPerson: Entities = {}) => {
    const access = accessWith(entities);
    const people = Object.entries(asPerson).map(([id, properties]) => ({
      type: "user",
      id,
      properties,
      version: 1,
      since: 1,
    }));
    return patientRelation(access, people);
  };
  const nina = (properties: Properties): Entities => ({ "user/nina": properties });
  assert.equal(relation(nina({ patientRecord: "ada" })), "SELF");
  assert.equal(relation(nina({ relatives: ["ada"] })), "RELATIVE");
  assert.equal(relation(nina({ relatives: ["otto"] }), { otto: {} }), "RELATIVE");
  assert.equal(relation({ "Patient/ada": { relatives: ["nina"] } }), "RELATIVE");
  assert.equal(
    relation({ ...nina({ patientRecord: "p-nina" }), "Patient/ada": { relatives: ["p-nina"] } }),
    "RELATIVE",
  );
  assert.equal(relation({ ...nina({ household: "h" }), "Patient/ada": { household: "h" } }), "HOUSEHOLD");
  assert.equal(relation(nina({ household: "h" }), { otto: { household: "h" } }), "HOUSEHOLD");
  assert.equal(relation(nina({ unit: "w1" }), { otto: { unit: "w1" } }), "COLLEAGUE");
  assert.equal(
    relation(nina({ unit: "w1", organization: "o" }), { otto: { unit: "w2", organization: "o" } }),
    "COLLEAGUE",
  );
  assert.equal(
    relation(nina({ unit: "w1", organization: "o" }), { otto: { organization: "o" } }),
    null,
    "works nowhere",
  );
  assert.equal(relation(nina({ unit: "w1" }), { otto: { unit: "w2" } }), null);
  assert.equal(relation({ ...nina({ unit: "w1" }), "Patient/ada": { unit: "w1" } }), null, "a patient of the ward");
});

test("a patient is under care whom the directory ties to anybody or any place; of whom it does not know nobody says", () => {
  const care = (properties: Properties | null) =>
    isUnderCare({ type: "Patient", id: "ada", properties, version: 1, since: 1 });
  for (const property of ["unit", "departments", "careTeam", "appointments", "orders", "referrals"])
    assert.equal(care({ household: "h", [property]: property === "unit" ? "w1" : ["w1"] }), true, property);
  assert.equal(care({ household: "h", organization: "o", relatives: ["otto"], orders: [] }), false);
  assert.equal(care(null), null, "it was taken out");
  assert.equal(isUnderCare(null), null);
});

test("one's own access before explains nothing, nor does one where role or unit is not known", () => {
  const before = new SeenBefore();
  const one: ExplainedAccess = {
    ...{ position: 1, decisionId: "d1", at: NOON, person: PERSON, clientId: "ehr", role: "nurse", unit: "w1" },
    ...{ organization: "north", patient: "ada", explanation: { kind: "CARE_TEAM", reference: null, since: 0 } },
  };
  for (const more of [{}, { unit: null }, { role: null }]) before.add({ ...one, ...more });
  const asked = (id: string, of: Partial<ExplainedAccess> = {}) =>
    before.colleague({ ...one, ...of }, { person: { type: "user", id }, at: NOON, days: 7 })?.decisionId ?? null;
  assert.equal(asked("nina"), null);
  assert.equal(asked("noor"), "d1");
  assert.equal(asked("noor", { unit: null }), null);
  assert.equal(asked("noor", { role: null }), null);
});

describe("laws of explanations", () => {
  const PEOPLE = ["nina", "noor", "zed", "olga"] as const;
  const PATIENTS = ["ada", "ben"] as const;
  // Few relations and few units, so that most accesses are left to colleagues.
  const some = <T>(items: readonly T[]) => fc.subarray([...items], { maxLength: 1 });
  const entities = fc.record({
    units: fc.array(fc.constantFrom(null, "w1", "w1", "w1", "w2"), { minLength: 4, maxLength: 4 }),
    careTeams: fc.array(some(PEOPLE), { minLength: 2, maxLength: 2 }),
    wards: fc.array(fc.constantFrom(null, null, null, "w2"), { minLength: 2, maxLength: 2 }),
    orders: fc.array(some(PEOPLE), { minLength: 2, maxLength: 2 }),
  });
  type Facts = typeof entities extends fc.Arbitrary<infer F> ? F : never;
  const accesses = fc.array(
    fc.record({
      person: fc.constantFrom(...PEOPLE),
      patient: fc.constantFrom(...PATIENTS),
      role: fc.constantFrom("nurse", "nurse", "clerk"),
      days: fc.integer({ min: 0, max: 20 }),
    }),
    { minLength: 5, maxLength: 25 },
  );
  const withUnit = (unit: string | null | undefined) => (unit === null || unit === undefined ? {} : { unit });
  const known = ({ careTeams, orders, units, wards }: Facts): Entities => ({
    ...Object.fromEntries(PEOPLE.map((id, i) => [`user/${id}`, withUnit(units[i])])),
    ...Object.fromEntries(
      PATIENTS.map((id, i) => [
        `Patient/${id}`,
        { careTeam: careTeams[i] ?? [], orders: orders[i] ?? [], ...withUnit(wards[i]) },
      ]),
    ),
  });

  /** What explains each access, in event time. */
  function explainAll(
    facts: Facts,
    asked: readonly (typeof accesses extends fc.Arbitrary<infer A> ? A : never)[number][],
  ) {
    const before = new SeenBefore();
    const inOrder = [...asked].sort((a, b) => a.days - b.days);
    return inOrder.map(({ days, patient, person: id, role }, i): ExplainedAccess => {
      const at = NOON + days * DAY;
      const person = { type: "user", id };
      const access = accessWith(known(facts), { at, person, patient, role });
      const unit = unitOf(access.known.person);
      const found = before.colleague({ patient, role, unit }, { person, at, days: 7 });
      const colleague = found === null ? null : { decisionId: found.decisionId, at: found.at };
      const explanation: Explanation | null =
        explainByRelation(access) ?? explainByRecord(access, { ...NOTHING_ON_RECORD, colleague });
      const one = {
        position: i,
        decisionId: `d${i}`,
        at,
        person,
        clientId: "ehr",
        role,
        unit,
        organization: "north",
        patient,
        explanation,
      };
      before.add(one);
      return one;
    });
  }

  test("a colleague's access is one before, by somebody else of the same role and unit, whom a relation explains", () => {
    fc.assert(
      fc.property(entities, accesses, (facts, asked) => {
        const all = explainAll(facts, asked);
        for (const one of all) {
          const grounds = all.filter(
            ({ at, explanation, patient, person, position, role, unit }) =>
              position < one.position &&
              person.id !== one.person.id &&
              [patient, role, unit].join() === [one.patient, one.role, one.unit].join() &&
              unit !== null &&
              at >= one.at - 7 * DAY &&
              explanation !== null &&
              isRelation(explanation.kind),
          );
          if (one.explanation?.kind === "COLLEAGUE")
            assert.ok(
              grounds.some(({ decisionId }) => decisionId === one.explanation?.reference),
              "what is named is no ground",
            );
          if (one.explanation === null) assert.equal(grounds.length, 0);
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  test("where the directory knows no relation, however many look explain each other never", () => {
    fc.assert(
      fc.property(entities, accesses, (facts, asked) => {
        const none: Facts = { ...facts, careTeams: [[], []], orders: [[], []], wards: [null, null] };
        assert.ok(
          explainAll(none, asked).every(({ explanation }) => explanation === null),
          "something explained",
        );
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  test("who knows more explains no less", () => {
    fc.assert(
      fc.property(entities, entities, accesses, (facts, more, asked) => {
        const both = <T>(a: readonly (readonly T[])[], b: readonly (readonly T[])[]) =>
          a.map((list, i) => [...new Set([...list, ...(b[i] ?? [])])]);
        const filled = (a: readonly (string | null)[], b: readonly (string | null)[]) =>
          a.map((unit, i) => unit ?? b[i] ?? null);
        const richer = {
          careTeams: both(facts.careTeams, more.careTeams),
          orders: both(facts.orders, more.orders),
          units: filled(facts.units, more.units),
          wards: filled(facts.wards, more.wards),
        } as Facts;
        const [less, all] = [explainAll(facts, asked), explainAll(richer, asked)];
        for (const [i, { explanation }] of less.entries())
          if (explanation !== null) assert.notEqual(all[i]?.explanation, null);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
