import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSurelySamePerson, samePerson } from "../../src/domain/callers/samePerson.ts";
import type { CallerRole, CallerSubject, Identity } from "../../src/domain/callers/types.ts";

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const subject: fc.Arbitrary<CallerSubject> = fc.record({
  type: orNull(fc.constantFrom("user", "client")),
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

test("two are somebody else by id, by type and by issuer, where both say it", () => {
  for (const [a, b, same] of [
    [{}, {}, true],
    [{}, { id: "Ada" }, false],
    [{}, { type: "client" }, false],
    [{}, { type: null }, true],
    [{ issuer: "x" }, { issuer: "y" }, false],
    [{ issuer: "x" }, { issuer: "x" }, true],
    [{ issuer: "x", type: null }, {}, true],
    [{ issuer: "x", type: null }, { id: "ben" }, false],
    [null, null, true],
  ] as const)
    assert.equal(samePerson(as(a), as(b)), same, JSON.stringify([a, b]));
});

test("law: who surely is the same person may be, and nobody is by what is not said", () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      if (isSurelySamePerson(a, b)) assert.ok(samePerson(a, b));
      assert.equal(isSurelySamePerson(a, b), isSurelySamePerson(b, a));
    }),
  );
  assert.ok(isSurelySamePerson(as({}), as({ issuer: "https://one.example" })));
  for (const other of [null, { id: "Ada" }, { type: null }, { type: "client" }])
    assert.ok(!isSurelySamePerson(as({}), as(other)), JSON.stringify(other));
  assert.ok(!isSurelySamePerson(as({ issuer: "https://one.example" }), as({ issuer: "https://two.example" })));
});
