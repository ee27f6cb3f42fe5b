import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSurelySamePerson, peopleOf, samePerson } from "../../src/domain/callers/samePerson.ts";
import type { CallerRole, CallerSubject, Identity } from "../../src/domain/callers/types.ts";

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const subject: fc.Arbitrary<CallerSubject> = fc.record({
  type: orNull(fc.constantFrom("user", "employee", "client")),
  id: fc.constantFrom("ada", "Ada", "ben"),
  issuer: orNull(fc.constantFrom("https://one.example", "https://two.example")),
});
const identity: fc.Arbitrary<Identity> = fc.record({
  id: fc.constantFrom("key:aaaaaaaaaaaa", "key:bbbbbbbbbbbb", "jwt:https://one.example#ada"),
  kind: fc.constantFrom("KEY", "ADMIN_KEY", "TOKEN"),
  name: fc.constantFrom("one", "other"),
  subject: orNull(subject),
  roles: fc.constantFrom<CallerRole>("admin", "auditor").map((role) => new Set([role])),
  defaultClientId: fc.constant(null),
  expiresAt: orNull(fc.nat()),
});
const known = { type: "user", id: "ada", issuer: null };
const as = (more: Partial<CallerSubject> | null) => ({ subject: more === null ? null : { ...known, ...more } });

test("law: everybody is themselves, and it does not matter who is asked first", () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      assert.equal(samePerson(a, a), true);
      assert.equal(samePerson(a, b), samePerson(b, a));
    }),
  );
});

test("law: only the subject counts, so that another key, name or role makes nobody somebody else", () => {
  fc.assert(
    fc.property(identity, identity, identity, (a, b, other) => {
      assert.equal(samePerson({ ...other, subject: a.subject }, b), samePerson(a, b));
      assert.equal(samePerson(a, { ...other, subject: a.subject }), true);
    }),
  );
});

test("law: whoever does not say who they are may be anybody", () => {
  fc.assert(
    fc.property(identity, (a) => {
      assert.equal(samePerson({ subject: null }, a), true);
    }),
  );
});

test("law: accounts of one place tell two people apart, and of two places only where one of them is linked", () => {
  fc.assert(
    fc.property(subject, subject, (a, b) => {
      const same = a.id.toLowerCase() === b.id.toLowerCase();
      const person = { type: null, id: "someone", issuer: "https://one.example" };
      const other = { type: null, id: "other", issuer: "https://two.example" };
      assert.equal(samePerson({ subject: person }, { subject: other }), true);
      // Whoever is linked has an account in each place, and is told apart in each.
      assert.equal(samePerson({ subject: person, linked: [{ ...other, id: "someone" }] }, { subject: other }), false);
      assert.equal(samePerson({ subject: person, linked: [other] }, { subject: other }), true);
      if (a.issuer === b.issuer && a.type === "user" && b.type === "employee")
        assert.equal(samePerson({ subject: a }, { subject: b }), same);
    }),
  );
});

test("law: to link an account makes nobody somebody else of whom they were", () => {
  fc.assert(
    fc.property(subject, subject, subject, (a, b, more) => {
      const linked = { subject: a, linked: [more] };
      assert.equal(samePerson(linked, { subject: a }), true);
      if (isSurelySamePerson({ subject: a }, { subject: b }))
        assert.equal(isSurelySamePerson(linked, { subject: b }), true);
      assert.equal(samePerson(linked, { subject: more }), true);
      assert.equal(isSurelySamePerson(linked, { subject: more }), true);
    }),
  );
});

test("where it refuses, letter case and the type of person make nobody somebody else; a program is no person", () => {
  for (const [a, b, same] of [
    [{}, {}, true],
    [{}, { id: "Ada" }, true],
    [{}, { type: "employee" }, true],
    [{ id: "straße" }, { id: "STRASSE" }, true],
    [{ id: "stra\u1e9ee" }, { id: "strasse" }, true],
    [{ id: "\u03aa\u0301s" }, { id: "\u0390s" }, true],
    [{ id: "\ufb01n" }, { id: "FIN" }, true],
    [{}, { id: "ad\ufe0fa" }, true],
    [{}, { type: "client" }, false],
    [{ type: "Client" }, { type: "service" }, true],
    [{}, { type: null }, true],
    [{ type: "client" }, { type: null }, true],
    [{}, { id: "ben" }, false],
    // Two places: whether it is one person can't be told, whatever the ids are.
    [{ issuer: "x" }, { issuer: "y" }, true],
    [{ issuer: "x" }, { issuer: "x" }, true],
    [{ issuer: "x" }, { issuer: "x", id: "ben" }, false],
    [{ issuer: "x", type: null }, {}, true],
    [{ issuer: "x", type: null }, { id: "ben" }, true],
    [{ issuer: "x", type: "client" }, { id: "ben" }, false],
    [null, null, true],
  ] as const)
    assert.equal(samePerson(as(a), as(b)), same, JSON.stringify([a, b]));
});

test("who stands for others is each of them", () => {
  const bot = { type: "service", id: "bot", issuer: null };
  const program = { subject: bot, people: peopleOf([bot], [known]) };
  assert.deepEqual(program.people, ["program/bot", "person/ada", "@"]);
  for (const [other, same] of [
    [as({}), true],
    [as({ id: "ADA", type: "employee" }), true],
    [as({ id: "ben" }), false],
    [{ subject: bot }, true],
  ] as const) {
    assert.equal(samePerson(program, other), same, JSON.stringify(other));
    assert.equal(samePerson(other, program), same, JSON.stringify(other));
  }
});

test("law: who surely is the same person may be", () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      if (isSurelySamePerson(a, b)) assert.ok(samePerson(a, b));
      assert.equal(isSurelySamePerson(a, b), isSurelySamePerson(b, a));
    }),
  );
});

test("who stands for a program and people of two places is told apart from nobody of one place alone", () => {
  const token = { type: null, id: "t-1", issuer: "https://one.example" };
  const people = peopleOf([known], [token]);
  assert.deepEqual(people, ["person/ada", "https://one.example#person/t-1", "https://one.example#program/t-1"]);
  const relayed = { subject: known, people };
  for (const [other, same] of [
    [as({ id: "ben" }), true],
    [{ subject: { ...token, id: "t-2" } }, true],
    [{ subject: token }, true],
    [as({ type: "client", id: "ben" }), false],
  ] as const)
    assert.equal(samePerson(relayed, other), same, JSON.stringify(other));
});

test("where it permits, an account to the letter makes one person, of the same issuer or of the directory", () => {
  for (const [a, b, same] of [
    [{}, {}, true],
    [{}, { issuer: "https://one.example" }, false],
    [{ issuer: "https://one.example" }, { issuer: "https://one.example", type: null }, true],
    [{ issuer: "https://one.example" }, { issuer: "https://one.example", type: "client" }, false],
    [{}, { type: null }, false],
    [{ type: "employee" }, { type: null }, false],
    [{}, null, false],
    [{}, { id: "Ada" }, false],
    [{}, { type: "employee" }, false],
    [{}, { type: "client" }, false],
    [{ type: "client" }, { type: null }, false],
    [{ type: "client" }, { type: "client" }, true],
    [{ issuer: "https://one.example" }, { issuer: "https://two.example" }, false],
  ] as const)
    assert.equal(isSurelySamePerson(as(a), as(b)), same, JSON.stringify([a, b]));
});
