// Laws of the scope algebra, each over thousands of generated cases.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyOf, atomCovers, counterExample, covers, meet, union } from "../../src/domain/scopes/algebra.ts";
import { type Atom, compareAtoms, parseConstraint, printConstraint } from "../../src/domain/scopes/atom.ts";
import { AtomIndex } from "../../src/domain/scopes/atomIndex.ts";
import { matchAtom } from "../../src/domain/scopes/match.ts";
import { printAtoms } from "../../src/domain/scopes/scopeText.ts";
import { isScopeToken, parseSmartScope } from "../../src/domain/scopes/smart.ts";
import {
  anyAtomSet,
  atom,
  atomSet,
  constraints,
  instanceRequest,
  narrowed,
  narrowings,
  nearAtom,
  readRequest,
} from "../scopes/arbitraries.ts";
import { atLeast, runs } from "../support/budget.ts";

const RUNS = { numRuns: runs(5000) };
const equivalent = (a: readonly Atom[], b: readonly Atom[]): boolean => covers(a, b) && covers(b, a);

/** Counts how often the premise of a law held, so that a law can't pass by never being asked. */
function law(name: string, property: (asked: () => void) => fc.IProperty<never>, least = 500): void {
  test(name, () => {
    let asked = 0;
    fc.assert(
      property(() => {
        asked++;
      }),
      RUNS,
    );
    assert.ok(asked >= atLeast(least), `the premise held only ${asked} times`);
  });
}

const forAll = <Ts extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  predicate: (...values: Ts) => boolean,
): fc.IProperty<never> => fc.property(...arbitraries, predicate) as unknown as fc.IProperty<never>;

test("covers is reflexive", () => {
  fc.assert(
    fc.property(anyAtomSet, (a) => covers(a, a)),
    RUNS,
  );
});

test("what is narrowed is covered", () => {
  fc.assert(
    fc.property(anyAtomSet, narrowings, (a, steps) => covers(a, narrowed(a, steps))),
    RUNS,
  );
});

law("covers is transitive", (asked) =>
  forAll([atomSet, atomSet, narrowings, atomSet], (a, more, steps, others) => {
    const b = [...narrowed(a, steps), ...more].filter((one) => covers(a, [one]));
    const c = [...narrowed(b, steps), ...others].filter((one) => covers(b, [one]));
    if (c.length > 0) asked();
    return covers(a, c);
  }),
);

law("a covering atom is enough for covers, and atomCovers is transitive", (asked) =>
  forAll([nearAtom, narrowings, nearAtom], (a, steps, other) => {
    const [b = other] = narrowed([a], steps);
    const [c = other] = narrowed([b], [...steps].reverse());
    if (atomCovers(a, b) && !covers([a], [b])) return false;
    if (!atomCovers(a, b) || !atomCovers(b, c)) return true;
    asked();
    return atomCovers(a, c);
  }),
);

test("one atom covers another exactly if it is enough alone, but for lists that it could be split over", () => {
  fc.assert(
    fc.property(nearAtom, nearAtom, (a, b) => {
      const plain = b.constraint.every((entry) => entry.values.length === 1);
      return plain ? atomCovers(a, b) === covers([a], [b]) : !atomCovers(a, b) || covers([a], [b]);
    }),
    RUNS,
  );
});

test("meet is a lower bound of both", () => {
  fc.assert(
    fc.property(atomSet, atomSet, (a, b) => covers(a, meet(a, b)) && covers(b, meet(a, b))),
    RUNS,
  );
});

law("meet is the greatest lower bound", (asked) =>
  forAll([atomSet, atomSet, narrowings, atomSet], (a, b, steps, x) => {
    const below = [...x, ...narrowed(a, steps), ...narrowed(narrowed(b, steps), steps)].filter(
      (one) => covers(a, [one]) && covers(b, [one]),
    );
    if (below.length > 0) asked();
    return covers(meet(a, b), below);
  }),
);

test("meet is commutative and idempotent in meaning, and nothing meets nothing", () => {
  fc.assert(
    fc.property(anyAtomSet, anyAtomSet, (a, b) => {
      return equivalent(meet(a, b), meet(b, a)) && equivalent(meet(a, a), a) && meet(a, []).length === 0;
    }),
    RUNS,
  );
});

test("union says the same, in no more atoms, whatever the order", () => {
  fc.assert(
    fc.property(anyAtomSet, (a) => {
      const short = union(a);
      assert.deepEqual(union([...a].reverse()), short);
      assert.deepEqual(union(short), short);
      assert.deepEqual([...short].sort(compareAtoms), short);
      return equivalent(short, a) && short.length <= a.length;
    }),
    RUNS,
  );
});

test("union leaves no atom that the others permit", () => {
  fc.assert(
    fc.property(atomSet, (a) => {
      const short = union(a);
      return short.every(
        (one) =>
          !covers(
            short.filter((other) => other !== one),
            [one],
          ),
      );
    }),
    RUNS,
  );
});

test("a counter-example is there exactly if it does not cover", () => {
  fc.assert(
    fc.property(anyAtomSet, anyAtomSet, (a, b) => (counterExample(new AtomIndex(a), b) === null) === covers(a, b)),
    RUNS,
  );
});

const permits = (atoms: readonly Atom[], request: Parameters<typeof matchAtom>[1]): boolean =>
  atoms.some((one) => matchAtom(one, request).matches);

law(
  "what a covered set permits, the covering one permits",
  (asked) =>
    forAll([atomSet, narrowings, anyAtomSet, readRequest], (a, steps, b, request) => {
      const inner = [...narrowed(a, steps), ...b].filter((one) => covers(a, [one]));
      if (!permits(inner, request)) return true;
      asked();
      return permits(a, request);
    }),
  100,
);

law(
  "in one context the meet permits exactly what both permit",
  (asked) =>
    forAll([atomSet, atomSet, readRequest], (a, b, request) => {
      const both = permits(a, request) && permits(b, request);
      if (both) asked();
      return permits(meet(a, b), request) === both;
    }),
  400,
);

law(
  "the union permits exactly what its parts permit",
  (asked) =>
    forAll([atomSet, readRequest], (a, request) => {
      if (permits(a, request)) asked();
      return permits(union(a), request) === permits(a, request);
    }),
  500,
);

test("the letters of SMART never permit an operation", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("$everything", "$export", "approve", "search-system"),
      instanceRequest,
      (action, request) => {
        const all = ["patient/*.cruds", "user/*.*", "system/*.cruds"].flatMap(
          (text) => parseSmartScope(text)?.atoms ?? [],
        );
        return !permits(all, { ...request, action });
      },
    ),
    { numRuns: runs(1000) },
  );
});

test("matching answers for attributes of any shape, and never takes a strange one for a match", () => {
  fc.assert(
    fc.property(atom, instanceRequest, fc.anything(), (one, request, strange) => {
      fc.pre(
        typeof strange !== "string" && !(Array.isArray(strange) && strange.every((item) => typeof item === "string")),
      );
      const attributes = { category: strange, code: strange, _tag: strange };
      const match = matchAtom(one, { ...request, attributes });
      return !match.matches || one.constraint.length === 0;
    }),
    RUNS,
  );
});

test("constraints print and parse to the same", () => {
  fc.assert(
    fc.property(constraints("Observation"), (constraint) => {
      fc.pre(constraint.length > 0);
      assert.deepEqual(parseConstraint(printConstraint(constraint), "Observation"), { ok: true, value: constraint });
    }),
    RUNS,
  );
});

test("atoms printed as scopes mean the same, each a token, the rest unsayable", () => {
  fc.assert(
    fc.property(anyAtomSet, (a) => {
      const { scopes, rest } = printAtoms(a);
      const parsed = scopes.flatMap((text) => parseSmartScope(text)?.atoms ?? []);
      return scopes.every(isScopeToken) && equivalent([...parsed, ...rest], a);
    }),
    RUNS,
  );
});

test("any of several constraints: nothing is filtered if one filters nothing", () => {
  fc.assert(
    fc.property(fc.array(constraints("Observation"), { minLength: 1, maxLength: 5 }), (list) => {
      const short = anyOf(list);
      const free = list.some((constraint) => constraint.length === 0);
      return (
        short.length <= list.length &&
        (free ? short.length === 1 && short[0]?.length === 0 : short.every((c) => c.length > 0))
      );
    }),
    RUNS,
  );
});
