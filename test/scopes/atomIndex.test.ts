import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { meetAtoms } from "../../src/domain/scopes/algebra.ts";
import type { Atom } from "../../src/domain/scopes/atom.ts";
import { AtomIndex } from "../../src/domain/scopes/atomIndex.ts";
import { Ceiling } from "../../src/domain/scopes/ceiling.ts";
import { valueWithin } from "../../src/domain/scopes/constraintValue.ts";
import { parseSmartScope, type SmartScope } from "../../src/domain/scopes/smart.ts";

const smart = (...texts: readonly string[]): readonly SmartScope[] =>
  texts.flatMap((text) => parseSmartScope(text) ?? []);
const categories = (count: number): readonly SmartScope[] =>
  smart(...Array.from({ length: count }, (_, i) => `patient/Observation.rs?category=c${i}`));

test("a scope is intersected with the grants that it has a value in common with, however many others there are", () => {
  const ceiling = new Ceiling(categories(300));
  const [asked] = smart("patient/Observation.r?category=c299,other");
  assert.ok(asked !== undefined && ceiling.meets(asked));
  const parts = asked.atoms.flatMap((atom) => ceiling.partsFor(atom, "Observation"));
  assert.deepEqual(
    parts.map(({ constraint }) => constraint),
    [[{ parameter: "category", values: ["c299"] }]],
  );
});

test("only atoms that can have something in common are looked at", () => {
  const index = new AtomIndex(categories(300).flatMap(({ atoms }) => atoms));
  const looked = (text: string) =>
    smart(text).flatMap(({ atoms }) => atoms.map((atom) => index.near(atom, atom.resourceType).length));
  assert.deepEqual(looked("patient/Observation.rs?category=c7"), [1, 1]);
  assert.deepEqual(looked("patient/Observation.r?category=none"), [0]);
  assert.deepEqual(looked("patient/Observation.r?category=c1&code=x"), [1]);
  assert.deepEqual(looked("patient/Observation.r?code=x"), [300]);
  assert.deepEqual(looked("user/Observation.r"), [0]);
});

/** Said without an index: where both are about one parameter, a value of the one takes in a value of the other. */
const haveInCommon = (a: Atom, b: Atom): boolean =>
  meetAtoms(a, b) !== null &&
  a.constraint.every((one) =>
    b.constraint.every(
      (other) =>
        one.parameter !== other.parameter ||
        one.values.some((v) => other.values.some((w) => valueWithin(v, w) || valueWithin(w, v))),
    ),
  );

test("none that has something in common is left out, and they stay in their order", () => {
  const values = fc.subarray(["a", "b", "s|a", "s|b", "s|", "|a"], { minLength: 1, maxLength: 3 });
  const entry = fc
    .tuple(fc.constantFrom("category", "code"), values)
    .map(([name, list]) => `${name}=${list.join(",")}`);
  const constrained = fc.array(entry, { maxLength: 3 }).map((list) => (list.length === 0 ? "" : `?${list.join("&")}`));
  const scope = fc.oneof(
    fc
      .tuple(fc.constantFrom("Observation", "Condition"), constrained)
      .map(([type, rest]) => `patient/${type}.r${rest}`),
    fc.constantFrom("patient/*.r", "patient/*.r?_tag=a", "user/Observation.r"),
  );
  let met = 0;
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 12 }), scope, (granted, asked) => {
      const atoms = new Ceiling(smart(...granted)).atoms;
      const index = new AtomIndex(atoms);
      for (const atom of smart(asked).flatMap((each) => each.atoms)) {
        const near = index.near(atom, null);
        assert.deepEqual(
          near,
          atoms.filter((each) => near.includes(each)),
        );
        for (const each of atoms) {
          if (!haveInCommon(each, atom)) continue;
          met++;
          assert.ok(near.includes(each), `${asked} has something in common with one of ${granted.join(" ")}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(met > 1000, `${met} have something in common`);
});
