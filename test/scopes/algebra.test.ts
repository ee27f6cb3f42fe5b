import assert from "node:assert/strict";
import { test } from "node:test";
import { counterExampleText } from "../../src/domain/decisions/reasonText.ts";
import { anyOf, constraintImplies, counterExample, covers, meet, union } from "../../src/domain/scopes/algebra.ts";
import {
  type Atom,
  atomsOf,
  type Constraint,
  parseConstraint,
  printAtom,
  printConstraint,
} from "../../src/domain/scopes/atom.ts";
import { AtomIndex } from "../../src/domain/scopes/atomIndex.ts";
import type { CounterExample } from "../../src/domain/scopes/counterExample.ts";
import { fhirTypes } from "../../src/domain/scopes/fhir.ts";
import { printAtoms } from "../../src/domain/scopes/scopeText.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";

function smart(...texts: readonly string[]): readonly Atom[] {
  return texts.flatMap((text) => {
    const scope = parseSmartScope(text);
    assert.ok(scope, text);
    return scope.atoms;
  });
}

function custom(resourceType: string, action: string): readonly Atom[] {
  const parsed = atomsOf([{ context: "ANY", resourceType, actions: [action], constraint: null }]);
  assert.ok(parsed.ok);
  return parsed.value;
}

function constraint(text: string): Constraint {
  const parsed = text === "" ? { ok: true as const, value: [] } : parseConstraint(text, "Observation");
  assert.ok(parsed.ok, text);
  return parsed.value;
}

const textOf = (found: CounterExample | null): string | null => (found === null ? null : counterExampleText(found));

test("implication of constraints", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["category=a", "", true],
    ["", "category=a", false],
    ["category=a", "category=a,b", true],
    ["category=a,b", "category=a", false],
    ["category=a&code=x", "category=a", true],
    ["category=a", "category=a&code=x", false],
    ["category=s|a", "category=a", true],
    ["category=a", "category=s|a", false],
    ["category=s|a", "category=s|", true],
    ["category=s|", "category=s|a", false],
    ["category=s|a", "category=t|", false],
    ["category=s|a", "category=t|a", false],
    ["category=|a", "category=a", true],
    ["category=a", "category=|a", false],
    ["category=|a", "category=s|a", false],
    ["category=s|a", "category=|a", false],
    ["category=s|", "category=a", false],
    ["category=s|a", "category=A", false],
    ["category=a&category=b", "category=a", true],
    ["category=a", "category=a&category=b", false],
    ["category=a,b", "category=a&category=b", false],
    ["code=a", "category=a", false],
    ["date=2020-01-01", "date=2020", false],
    ["date=ge2021", "date=ge2020", false],
    ["code-value-quantity=s|a$5", "code-value-quantity=a$5", false],
  ];
  for (const [r, g, expected] of cases) {
    assert.equal(constraintImplies(constraint(r), constraint(g)), expected, `"${r}" implies "${g}"`);
  }
});

test("what covers what", () => {
  const cases: readonly (readonly [readonly string[], readonly string[], boolean])[] = [
    [["patient/*.rs"], ["patient/Observation.rs"], true],
    [["patient/Observation.rs"], ["patient/*.rs"], false],
    [["patient/Observation.cruds"], ["patient/Observation.read"], true],
    [["patient/Observation.read"], ["patient/Observation.cruds"], false],
    [["user/*.cruds"], ["patient/Observation.r"], false],
    [["patient/*.cruds"], ["user/Observation.r"], false],
    [["user/*.cruds"], ["system/Observation.r"], false],
    [["patient/Observation.r", "patient/Observation.s"], ["patient/Observation.rs"], true],
    [["patient/Observation.rs?category=a"], ["patient/Observation.rs"], false],
    [["patient/Observation.rs"], ["patient/Observation.rs?category=a"], true],
    [["patient/*.rs?_tag=x"], ["patient/Observation.rs"], false],
    [["patient/*.rs?_tag=x"], ["patient/Observation.rs?_tag=x&category=a"], true],
    [
      ["patient/Observation.rs?category=a", "patient/Observation.rs?category=b"],
      ["patient/Observation.rs?category=a,b"],
      true,
    ],
    [
      ["patient/Observation.rs?category=a", "patient/Observation.rs?category=b"],
      ["patient/Observation.rs?category=a,c"],
      false,
    ],
    [["patient/Observation.rs?category=a&code=x"], ["patient/Observation.rs?category=a,b&code=x"], false],
    [
      [
        "patient/Observation.rs?category=a&code=x",
        "patient/Observation.rs?category=b",
        "patient/Observation.rs?code=y&category=a",
      ],
      ["patient/Observation.rs?category=a,b&code=x,y"],
      true,
    ],
    [[], [], true],
    [[], ["patient/Observation.r"], false],
    [["patient/Observation.r"], [], true],
  ];
  for (const [granted, requested, expected] of cases) {
    assert.equal(covers(smart(...granted), smart(...requested)), expected, `${granted} covers ${requested}`);
  }
});

test("* is covered by * alone, never by naming every type", () => {
  const every = smart(...[...fhirTypes].map((type) => `patient/${type}.rs`));
  assert.equal(covers(every, smart("patient/*.rs")), false);
  assert.equal(
    textOf(counterExample(new AtomIndex(every), smart("patient/*.rs"))),
    "patient/*.rs is not within it: resource type of a later FHIR version",
  );
  assert.equal(covers(smart("patient/*.rs"), every), true);
});

test("* takes in every type, custom ones too; ANY covers ANY alone", () => {
  assert.equal(covers(custom("*", "read"), custom("todo", "read")), true);
  const patientTodo = custom("todo", "read").map((atom) => ({ ...atom, context: "PATIENT" as const }));
  assert.equal(covers(smart("patient/*.rs"), patientTodo), true);
  assert.deepEqual(meet(smart("patient/*.rs"), patientTodo), patientTodo);
  assert.equal(covers(patientTodo, smart("patient/*.rs")), false);
  assert.equal(covers(custom("*", "read"), smart("patient/Observation.r")), false);
  assert.equal(covers(smart("patient/Observation.r"), custom("Observation", "read")), false);
  assert.equal(covers(smart("patient/*.cruds"), custom("Patient", "$everything")), false);
});

test("meet narrows", () => {
  const narrowed = (requested: string, ...ceiling: readonly string[]): readonly string[] =>
    printAtoms(meet(smart(requested), smart(...ceiling))).scopes;
  assert.deepEqual(narrowed("patient/*.rs", "patient/Observation.cruds"), ["patient/Observation.rs"]);
  assert.deepEqual(narrowed("patient/Observation.cruds", "patient/*.rs"), ["patient/Observation.rs"]);
  assert.deepEqual(narrowed("patient/*.rs", "patient/Observation.r", "patient/Condition.cu"), [
    "patient/Observation.r",
  ]);
  assert.deepEqual(narrowed("patient/Observation.rs", "patient/Observation.rs?category=s|a"), [
    "patient/Observation.rs?category=s|a",
  ]);
  assert.deepEqual(narrowed("patient/Observation.rs?category=a", "patient/Observation.rs?category=s|a"), [
    "patient/Observation.rs?category=s|a",
  ]);
  assert.deepEqual(narrowed("patient/Observation.rs?code=x", "patient/Observation.rs?category=a"), [
    "patient/Observation.rs?category=a&code=x",
  ]);
  assert.deepEqual(narrowed("patient/Observation.rs", "user/Observation.rs"), []);
  assert.deepEqual(narrowed("patient/*.rs?_tag=t", "patient/Observation.rs?category=a"), [
    "patient/Observation.rs?_tag=t&category=a",
  ]);
});

test("union takes the shortest form", () => {
  const short = (...texts: readonly string[]): readonly string[] => union(smart(...texts)).map(printAtom);
  assert.deepEqual(short("patient/*.r", "patient/Observation.r", "patient/Condition.r?category=a"), ["patient/*.read"]);
  assert.deepEqual(short("patient/Condition.s?category=a", "patient/Condition.s?category=b"), [
    "patient/Condition.search?category=a,b",
  ]);
  assert.deepEqual(short("patient/Condition.s?category=a,s|a"), ["patient/Condition.search?category=a"]);
  assert.deepEqual(short("patient/Condition.s?category=a&category=s|a"), ["patient/Condition.search?category=s|a"]);
  assert.deepEqual(
    short(
      "patient/Condition.s?category=a&code=x",
      "patient/Condition.s?category=b&code=x",
      "patient/Condition.s?category=a,b&code=y",
    ),
    ["patient/Condition.search?category=a,b&code=x,y"],
  );
});

test("the filter of several atoms is the OR of their constraints", () => {
  const filters = (...texts: readonly string[]): readonly string[] => anyOf(texts.map(constraint)).map(printConstraint);
  assert.deepEqual(filters("category=a", "category=b"), ["category=a,b"]);
  assert.deepEqual(filters("category=a", "code=b"), ["category=a", "code=b"]);
  assert.deepEqual(filters("category=a", ""), [""]);
  assert.deepEqual(filters(), []);
});

test("a counter-example says in plain words what is not within", () => {
  const laboratory = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
  const vitalSigns = "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs";
  const why = (granted: readonly string[], requested: string): string | null =>
    textOf(counterExample(new AtomIndex(smart(...granted)), smart(requested)));
  const within = "is not within it";
  assert.equal(
    why([`patient/Observation.rs?category=${laboratory}`], "patient/Observation.rs"),
    `patient/Observation.rs ${within}: category vital-signs`,
  );
  assert.equal(
    why(
      [`patient/Observation.rs?category=${laboratory}`, `patient/Observation.rs?category=${vitalSigns}`],
      "patient/Observation.rs",
    ),
    `patient/Observation.rs ${within}: category social-history`,
  );
  assert.equal(
    why(["patient/Observation.rs?category=laboratory"], "patient/Observation.rs"),
    `patient/Observation.rs ${within}: category vital-signs`,
  );
  assert.equal(
    why(["patient/Observation.rs?category=a"], "patient/Observation.rs?category=a,b"),
    `patient/Observation.rs?category=a,b ${within}: category b`,
  );
  assert.equal(
    why(["patient/Observation.rs?code=x"], "patient/Observation.rs"),
    `patient/Observation.rs ${within}: code other than x`,
  );
  assert.equal(
    why(["patient/Observation.rs"], "patient/Observation.cruds"),
    `patient/Observation.c ${within}: action create`,
  );
  assert.equal(why(["patient/Observation.rs"], "patient/*.rs"), `patient/*.rs ${within}: resource type Account`);
  assert.equal(
    why(["patient/Observation.rs"], "patient/Condition.rs"),
    `patient/Condition.rs ${within}: resource type Condition`,
  );
  assert.equal(why(["patient/Observation.rs"], "user/Observation.rs"), `user/Observation.rs ${within}: context user`);
  assert.equal(why(["patient/*.rs"], "patient/Observation.rs"), null);
  assert.equal(
    textOf(counterExample(new AtomIndex([]), custom("todo", "approve"))),
    `todo.approve ${within}: any context`,
  );
});
