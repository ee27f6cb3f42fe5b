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

test("law: to say more can tell people apart, and never makes one of two", () => {
  fc.assert(
    fc.property(subject, subject, (a, b) => {
      const less = { ...a, type: null, issuer: null };
      if (!samePerson({ subject: less }, { subject: b }))
        assert.equal(samePerson({ subject: a }, { subject: b }), false);
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
    [{ issuer: "x" }, { issuer: "y" }, false],
    [{ issuer: "x" }, { issuer: "x" }, true],
    [{ issuer: "x", type: null }, {}, true],
    [{ issuer: "x", type: null }, { id: "ben" }, false],
    [null, null, true],
  ] as const)
    assert.equal(samePerson(as(a), as(b)), same, JSON.stringify([a, b]));
});

test("who stands for others is each of them", () => {
  const bot = { type: "service", id: "bot", issuer: null };
  const program = { subject: bot, people: peopleOf(bot, known) };
  assert.deepEqual(program.people, ["program/bot", "person/ada"]);
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

test("where it permits, only type, id and letter case make one person; a token's is of any type, and of no program", () => {
  for (const [a, b, same] of [
    [{}, {}, true],
    [{}, { issuer: "https://one.example" }, true],
    [{}, { type: null }, true],
    [{ type: "employee" }, { type: null }, true],
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
