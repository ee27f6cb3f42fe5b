import assert from "node:assert/strict";
import { test } from "node:test";
import { mismatchText } from "../../src/domain/decisions/reasonText.ts";
import type { Atom } from "../../src/domain/scopes/atom.ts";
import { type AtomRequest, matchAtom } from "../../src/domain/scopes/match.ts";

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
  resourcePatient: null,
  contextPatient: null,
  hasSubject: false,
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

test("* of a context matches what FHIR defines, * of any context everything; a request names one type", () => {
  assert.ok(matches({ resourceType: "*", context: "USER" }, { hasSubject: true }));
  assert.ok(!matches({ resourceType: "*", context: "USER" }, { hasSubject: true, resourceType: "todo" }));
  assert.ok(!matches({ resourceType: "*", context: "USER" }, { hasSubject: true, resourceType: "SubscriptionStatus" }));
  assert.ok(matches({ resourceType: "*" }, { resourceType: "todo" }));
  assert.equal(why({ resourceType: "*" }, { resourceType: "*" }), "a request names one resource type");
});

test("patient context: exactly the patient in context, for search and create too", () => {
  for (const action of ["read", "search", "create"]) {
    const a = { context: "PATIENT" as const, action };
    assert.ok(matches(a, { action, contextPatient: "p1", resourcePatient: "p1" }));
    assert.ok(!matches(a, { action, contextPatient: "p1", resourcePatient: "p2" }));
    assert.match(why(a, { action, contextPatient: "p1" }), /names no patient/);
    assert.match(why(a, { action, resourcePatient: "p1" }), /needs a patient in context/);
    assert.ok(!matches(a, { action }));
    assert.match(why(a, { action, contextPatient: "", resourcePatient: "" }), /needs a patient in context/);
    assert.match(why(a, { action, contextPatient: "p1", resourcePatient: "" }), /names no patient/);
    assert.ok(!matches(a, { action, contextPatient: "p1", resourcePatient: "P1" }));
    assert.ok(!matches(a, { action, contextPatient: "p1", resourcePatient: "Patient/p1" }));
  }
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

test("what is not there, or is no string and no list of strings, can't be verified", () => {
  for (const attributes of [{}, { code: "s|a" }])
    assert.match(why(constrained("s|a"), { attributes }), /can't be verified/);
  for (const strange of [null, undefined, 5, true, {}, { coding: "s|a" }, ["s|a", 5], ["s|a", null], [["s|a"]]]) {
    assert.match(why(constrained("s|a"), category(strange)), /can't be verified/, JSON.stringify(strange));
  }
  assert.ok(!matches(constrained("s|a"), category([])));
  assert.ok(!matches(constrained("s|a"), category("")));
  const inherited: Record<string, unknown> = Object.create({ category: "s|a" });
  assert.ok(!matches(constrained("s|a"), { attributes: inherited }));
});

test("every parameter must hold", () => {
  const both = { constraint: [...(constrained("a").constraint ?? []), { parameter: "code", values: ["x"] }] };
  assert.ok(matches(both, { attributes: { category: "a", code: "x" } }));
  assert.ok(!matches(both, { attributes: { category: "a", code: "y" } }));
  assert.ok(!matches(both, { attributes: { category: "a" } }));
});

test("only tokens have a system: other kinds are compared letter by letter", () => {
  const profile = { constraint: [{ parameter: "_profile", values: ["1.0"] }] };
  assert.ok(!matches(profile, { attributes: { _profile: "http://x|1.0" } }));
  assert.ok(matches(profile, { attributes: { _profile: "1.0" } }));
  const range = { constraint: [{ parameter: "date", values: ["ge2020"] }] };
  assert.ok(!matches(range, { attributes: { date: "2021-01-01" } }));
});

test("a constrained atom and a search: the constraint is the filter, attributes or not", () => {
  const a = atom({ action: "search", ...constrained("s|a") });
  for (const attributes of [{}, { category: "s|b" }]) {
    assert.deepEqual(matchAtom(a, request({ action: "search", attributes })), { matches: true, filter: a.constraint });
  }
  assert.deepEqual(matchAtom(atom({ action: "search" }), request({ action: "search" })), { matches: true, filter: [] });
});
