import assert from "node:assert/strict";
import { test } from "node:test";
import { covers } from "../../src/domain/scopes/algebra.ts";
import { type Atom, printAtom } from "../../src/domain/scopes/atom.ts";
import { printAtoms } from "../../src/domain/scopes/scopeText.ts";
import { isScopeToken, parseSmartScope } from "../../src/domain/scopes/smart.ts";

const smart = (...texts: readonly string[]): readonly Atom[] =>
  texts.flatMap((text) => parseSmartScope(text)?.atoms ?? []);

test("atoms print back to the fewest scopes", () => {
  const print = (...texts: readonly string[]): readonly string[] => printAtoms(smart(...texts)).scopes;
  assert.deepEqual(print("patient/Observation.r", "patient/Observation.s"), ["patient/Observation.rs"]);
  assert.deepEqual(print("patient/*.read", "patient/Observation.*"), ["patient/*.rs", "patient/Observation.cud"]);
  assert.deepEqual(print("patient/Condition.rs?category=a", "patient/Condition.rs?category=b"), [
    "patient/Condition.rs?category=a,b",
  ]);
  // Joining the two constraints of read would leave search alone, and three scopes instead of two.
  assert.deepEqual(print("patient/Condition.rs?category=a", "patient/Condition.r?category=b"), [
    "patient/Condition.r?category=a,b",
    "patient/Condition.s?category=a",
  ]);
  assert.deepEqual(print(), []);
});

test("what SMART can't say comes back, and is not widened", () => {
  const atoms: readonly Atom[] = [
    { context: "ANY", resourceType: "Observation", action: "read", constraint: [] },
    { context: "USER", resourceType: "todo", action: "read", constraint: [] },
    { context: "USER", resourceType: "Patient", action: "$everything", constraint: [] },
    { context: "USER", resourceType: "Patient", action: "read", constraint: [] },
  ];
  const { scopes, rest } = printAtoms(atoms);
  assert.deepEqual(scopes, ["user/Patient.r"]);
  assert.deepEqual(rest.map(printAtom), ["Observation.read", "user/Patient.$everything", "user/todo.read"]);
});

test("a list too long for one token is split over several, a single value too long comes back", () => {
  const values = Array.from({ length: 120 }, (_, i) => `http://loinc.org|${10000 + i}-1`);
  const atom: Atom = {
    context: "USER",
    resourceType: "Observation",
    action: "read",
    constraint: [{ parameter: "code", values }],
  };
  const { scopes, rest } = printAtoms([atom]);
  assert.ok(scopes.length > 1 && scopes.every(isScopeToken));
  assert.deepEqual(rest, []);
  assert.ok(covers(smart(...scopes), [atom]) && covers([atom], smart(...scopes)));
  const long: Atom = { ...atom, constraint: [{ parameter: "code", values: ["x".repeat(2100)] }] };
  assert.deepEqual(printAtoms([long]), { scopes: [], rest: [long] });
});
