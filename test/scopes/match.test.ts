import assert from "node:assert/strict";
import { test } from "node:test";
import { mismatchText } from "../../src/domain/decisions/reasonText.ts";
import { type Atom, parseConstraint } from "../../src/domain/scopes/atom.ts";
import { isFhirType } from "../../src/domain/scopes/fhir.ts";
import { type AtomRequest, matchAtom } from "../../src/domain/scopes/match.ts";
import { sharedTypes } from "../../src/domain/scopes/sharedTypes.ts";
import { labels } from "../support/oneForm.ts";

const atom = (part: Partial<Atom>): Atom => ({
  context: "ANY",
  resourceType: "Observation",
  action: "read",
  constraint: [],
  ...part,
});
const request = (part: Partial<AtomRequest>): AtomRequest => ({
  action: "read",
  resourceType: "Observation",
  resourcePatients: [],
  contextPatient: null,
  reachesShared: false,
  hasSubject: false,
  resourceId: null,
  labels: null,
  fhirVersion: "R4",
  attributes: {},
  ...part,
});
const matches = (a: Partial<Atom>, r: Partial<AtomRequest>): boolean => matchAtom(atom(a), request(r)).matches;
const why = (a: Partial<Atom>, r: Partial<AtomRequest>): string => {
  const match = matchAtom(atom(a), request(r));
  return match.matches ? "" : mismatchText(match.why);
};

test("type and action", () => {
  assert.ok(matches({}, {}));
  assert.equal(why({}, { action: "search" }), "it permits read, not search");
  assert.equal(why({}, { resourceType: "Condition" }), "it is for Observation, not Condition");
  assert.ok(!matches({}, { resourceType: "observation" }));
  assert.ok(!matches({}, { action: "vread" }), "the caller makes the action canonical");
  assert.ok(!matches({ resourceType: "*" }, { action: "$everything" }));
});

test("* matches every type, now and in the future; a request names one type", () => {
  assert.ok(matches({ resourceType: "*", context: "USER" }, { hasSubject: true }));
  for (const resourceType of ["todo", "SubscriptionStatus", "acme:record", "Notyetdefined"])
    assert.ok(matches({ resourceType: "*", context: "USER" }, { hasSubject: true, resourceType }));
  assert.ok(matches({ resourceType: "*" }, { resourceType: "todo" }));
  assert.equal(why({ resourceType: "*" }, { resourceType: "*" }), "a request names one resource type");
  const search = { action: "search", resourceType: "*" };
  assert.ok(matches({ ...search, context: "USER" }, { ...search, hasSubject: true }));
  assert.equal(why({ action: "search" }, search), "it is for Observation, not all types");
});

test("patient context: a resource that names the patient in context, for create too", () => {
  for (const action of ["read", "search", "create"]) {
    const a = { context: "PATIENT" as const, action };
    assert.ok(matches(a, { action, contextPatient: "p1", resourcePatients: ["p1"] }));
    assert.ok(matches(a, { action, contextPatient: "p1", resourcePatients: ["p2", "p1"] }), "one of them is enough");
    assert.match(why(a, { action, contextPatient: "p1", resourcePatients: ["p2"] }), /another patient/);
    assert.match(why(a, { action, contextPatient: "p1", resourcePatients: ["p2", "p3"] }), /another patient/);
    assert.match(why(a, { action, resourcePatients: ["p1"] }), /needs a patient in context/);
    assert.match(why(a, { action, contextPatient: "", resourcePatients: [""] }), /needs a patient in context/);
    assert.match(why(a, { action, contextPatient: "p1", resourcePatients: [""] }), /another patient/);
    assert.ok(!matches(a, { action, contextPatient: "p1", resourcePatients: ["P1"] }));
    assert.ok(!matches(a, { action, contextPatient: "p1", resourcePatients: ["Patient/p1"] }), "made canonical before");
    if (action !== "search") assert.match(why(a, { action, contextPatient: "p1" }), /names no patient/);
  }
});

const within = (a: Partial<Atom>, r: Partial<AtomRequest>) => {
  const match = matchAtom(atom({ action: "search", ...a }), request({ action: "search", contextPatient: "p1", ...r }));
  return match.matches ? match.within : mismatchText(match.why);
};
const ofPatient = { condition: null, patient: "p1" };

test("a search by a patient/ scope is confined to the patient in context, unless it names that patient alone", () => {
  const patient = { context: "PATIENT" as const };
  assert.deepEqual(within(patient, {}), ofPatient);
  assert.deepEqual(within(patient, { resourcePatients: ["p1"] }), null);
  assert.deepEqual(within(patient, { resourcePatients: ["p1", "p2"] }), ofPatient, "it may be for either");
  assert.deepEqual(within({ ...patient, ...constrained("s|a") }, {}), {
    condition: { constraint: "category=s|a", type: "constraint" },
    patient: "p1",
  });
  assert.deepEqual(within({ ...patient, resourceType: "*" }, { resourceType: "*" }), ofPatient);
  assert.deepEqual(within({ ...patient, resourceType: "todo" }, { resourceType: "todo" }), ofPatient);
  assert.match(String(within(patient, { contextPatient: null })), /needs a patient in context/);
});

test("what the shared types have and names nobody is read and searched where that is set, and not changed", () => {
  const on = (action: string, r: Partial<AtomRequest>) =>
    why({ context: "PATIENT", resourceType: "*", action }, { action, contextPatient: "p1", ...r });
  for (const action of ["read", "search"]) {
    for (const resourceType of sharedTypes) {
      assert.equal(on(action, { resourceType, reachesShared: true }), "");
      assert.match(on(action, { resourceType }), /names no patient/);
      assert.match(on(action, { resourceType, reachesShared: true, resourcePatients: ["p2"] }), /another patient/);
    }
    assert.match(on("read", { resourceType: "Binary", reachesShared: true }), /names no patient/);
  }
  assert.match(on("update", { resourceType: "Organization", reachesShared: true }), /names no patient/);
  assert.deepEqual(
    within({ context: "PATIENT", resourceType: "*" }, { resourceType: "Organization", reachesShared: true }),
    null,
    "nobody's data needs no filter",
  );
  assert.ok(!sharedTypes.includes("Binary") && sharedTypes.every((type) => isFhirType(type)));
});

test("user context needs a subject, system context needs that there is none", () => {
  assert.ok(matches({ context: "USER" }, { hasSubject: true }));
  assert.ok(!matches({ context: "USER" }, { hasSubject: false }));
  assert.ok(matches({ context: "SYSTEM" }, { hasSubject: false }));
  assert.ok(!matches({ context: "SYSTEM" }, { hasSubject: true }));
});

const constrained = (...values: readonly string[]): Partial<Atom> => ({
  constraint: [{ parameter: "category", values }],
});
const category = (value: unknown): Partial<AtomRequest> => ({ attributes: { category: value } });

test("a constrained atom and one resource: the attributes are compared", () => {
  assert.ok(matches(constrained("s|a"), category("s|a")));
  assert.ok(matches(constrained("s|a", "s|b"), category(["s|x", "s|b"])));
  assert.ok(matches(constrained("a"), category("s|a")));
  assert.ok(matches(constrained("s|"), category("s|a")));
  assert.ok(!matches(constrained("s|a"), category("a")), "a bare code is not within a system");
  assert.ok(!matches(constrained("s|a"), category("t|a")));
  assert.ok(!matches(constrained("s|a"), category("x|s|a")), "an attribute with two bars is no token");
  assert.ok(!matches(constrained("s|a"), category("S|A")));
  assert.equal(why(constrained("s|a"), category("s|b")), "category of the resource is not within s|a");
});

test("what is not there, or is nothing that a token can be, can't be verified", () => {
  for (const attributes of [{}, { code: "s|a" }])
    assert.match(why(constrained("s|a"), { attributes }), /can't be verified/);
  for (const strange of [null, 5, {}, { coding: "s|a" }, ["s|a", 5], ["s|a", null], [["s|a"]]]) {
    assert.match(why(constrained("s|a"), category(strange)), /can't be verified/, JSON.stringify(strange));
  }
  assert.ok(!matches(constrained("s|a"), category([])));
  assert.ok(!matches(constrained("s|a"), category("")));
  assert.match(why(constrained("s|a"), category("a")), /can't be verified/, "its system is not said");
  assert.ok(!matches(constrained("s|a"), category(undefined)));
  assert.ok(!matches(constrained("s|a"), category(true)));
  const inherited: Record<string, unknown> = Object.create({ category: "s|a" });
  assert.ok(!matches(constrained("s|a"), { attributes: inherited }));
});

test("every parameter must hold", () => {
  const both = { constraint: [...(constrained("a").constraint ?? []), { parameter: "code", values: ["x"] }] };
  assert.ok(matches(both, { attributes: { category: "a", code: "x" } }));
  assert.ok(!matches(both, { attributes: { category: "a", code: "y" } }));
  assert.ok(!matches(both, { attributes: { category: "a" } }));
});

test("each parameter is compared by its type", () => {
  const met = (text: string, attributes: AtomRequest["attributes"], more: Partial<AtomRequest> = {}): boolean => {
    const parsed = parseConstraint(text, "Observation");
    assert.ok(parsed.ok, text);
    return matches({ constraint: parsed.value }, { attributes, ...more });
  };
  assert.ok(!met("_profile=1.0", { _profile: "http://x|1.0" }), "only tokens have a system");
  assert.ok(met("_profile=http://x", { _profile: ["http://y", "http://x"] }));
  assert.ok(met("_profile=http://x", { _profile: "http://x|1.0" }, { fhirVersion: "R5" }), "a reference in R5");
  assert.ok(!met("_profile=http://x", { _profile: "http://x|1.0" }, { fhirVersion: "R4" }), "a URI in R4");
  assert.ok(met("date=ge2020", { date: "2021-01-01" }));
  assert.ok(!met("date=ge2020", { date: "2019-12-31" }));
  assert.ok(met("value-quantity=gt5.4", { "value-quantity": 5.5 }));
  assert.ok(!met("value-quantity=gt5.4", { "value-quantity": [5.5, true] }), "one odd item");
  assert.ok(met("value-string=cafe", { "value-string": "Café au lait" }));
  assert.ok(met("subject=Patient/1", { subject: "Patient/1" }));
  assert.ok(!met("encounter=Encounter/1", { encounter: { reference: "Encounter/1" } }));
});

test("_id is the id of the resource, _security its labels, whatever the attributes say", () => {
  const one = (parameter: string, value: string) => ({ constraint: [{ parameter, values: [value] }] });
  assert.ok(matches(one("_id", "o1"), { resourceId: "o1" }));
  assert.ok(!matches(one("_id", "o1"), { resourceId: "o2", attributes: { _id: "o1" } }));
  assert.equal(why(one("_id", "o1"), { attributes: { _id: "o1" } }), "resource.id is absent, so _id can't be verified");
  assert.ok(matches(one("_security", "R"), { labels: ["N", "R"] }));
  assert.ok(!matches(one("_security", "R"), { labels: ["N"], attributes: { _security: "R" } }));
  assert.ok(!matches(one("_security", "R"), { labels: [] }));
  assert.match(why(one("_security", "R"), { attributes: { _security: "R" } }), /resource.labels is absent/);
  const restricted = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R";
  assert.ok(matches(one("_security", restricted), { labels: ["R"] }));
  assert.ok(matches(one("_security", "R"), { labels: labels([restricted]) }));
});

test("a constrained atom and a search: it is confined to the constraint, attributes or not", () => {
  for (const attributes of [{}, { category: "s|b" }]) {
    const condition = { constraint: "category=s|a", type: "constraint" };
    assert.deepEqual(within(constrained("s|a"), { attributes }), { condition, patient: null });
  }
  assert.deepEqual(within({}, {}), null);
});
