import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AtomDeclaration,
  atomsOf,
  canonicalAction,
  MAX_ALTERNATIVES,
  parseConstraint,
  printAtom,
  printConstraint,
  requestedAction,
  uniqueAtoms,
} from "../../src/domain/scopes/atom.ts";

const declaration = (part: Partial<AtomDeclaration>): AtomDeclaration => ({
  context: "ANY",
  resourceType: "Observation",
  actions: ["read"],
  constraint: null,
  ...part,
});

function printed(...declarations: readonly AtomDeclaration[]): readonly string[] {
  const parsed = atomsOf(declarations, "R4");
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return parsed.value.map(printAtom);
}

function refusal(...declarations: readonly AtomDeclaration[]): string {
  const parsed = atomsOf(declarations, "R4");
  assert.ok(!parsed.ok, "was not refused");
  return parsed.message;
}

test("FHIR interactions have one canonical name, every other name stands for itself", () => {
  const expected: Readonly<Record<string, string>> = {
    read: "read",
    vread: "read",
    "history-instance": "read",
    update: "update",
    patch: "update",
    create: "create",
    delete: "delete",
    search: "search",
    "search-type": "search",
    "search-compartment": "search",
    _search: "search",
    "history-type": "search",
    // Whole-system interactions would reach every type under a scope for one.
    "search-system": "search-system",
    "history-system": "history-system",
    batch: "batch",
    $everything: "$everything",
    approve: "approve",
    Read: "Read",
    constructor: "constructor",
  };
  for (const [name, canonical] of Object.entries(expected)) assert.equal(canonicalAction(name), canonical);
});

test("_history of a request is that of an instance where there is one", () => {
  assert.equal(requestedAction("_history", { id: "o1", type: "Observation" }), "read");
  assert.equal(requestedAction("_history", { id: null, type: "Observation" }), "search");
  assert.equal(requestedAction("history", { id: "o1", type: "Observation" }), "history", "a name of one's own");
  assert.equal(requestedAction("vread", { id: null, type: "Observation" }), "read");
});

test("atoms that print alike are two", () => {
  const [one, other] = [
    declaration({ resourceType: "a.b", actions: ["c"] }),
    declaration({ resourceType: "a", actions: ["b.c"] }),
  ];
  const parsed = atomsOf([one, other]);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.length, 2);
  assert.equal(uniqueAtoms([...parsed.value, ...parsed.value]).length, 2);
});

test("a version says which types and parameters there are, any version takes what one of them has", () => {
  const ingredient = declaration({ resourceType: "Ingredient", constraint: "substance-code=a" });
  const parsed = atomsOf([ingredient], "R4");
  assert.ok(!parsed.ok);
  assert.equal(
    parsed.message,
    "atoms[0].constraint Ingredient is no FHIR R4 resource type, and only those have search parameters; it is one of R5, R4B",
  );
  assert.ok(atomsOf([ingredient], "R5").ok);
  assert.ok(atomsOf([ingredient]).ok);
  assert.ok(parseConstraint("encounter.x=a", "Observation", { version: "R5" }).ok === false);
  assert.ok(parseConstraint("_source=urn:a", "*", { version: "R4" }).ok);
  assert.ok(!parseConstraint("_source=urn:a", "*", { version: "STU3" }).ok);
  assert.ok(parseConstraint("_source=urn:a", "*").ok);
});

test("a declaration of several actions makes one atom each, canonical, once, in order", () => {
  assert.deepEqual(printed(declaration({ actions: ["search", "read", "vread"] })), [
    "Observation.read",
    "Observation.search",
  ]);
  assert.deepEqual(printed(declaration({ context: "USER", resourceType: "lab_result", actions: ["approve"] })), [
    "user/lab_result.approve",
  ]);
  assert.deepEqual(printed(declaration({ constraint: "code=b,a,b&category=x" })), [
    "Observation.read?category=x&code=a,b",
  ]);
  assert.deepEqual(printed(declaration({ resourceType: "*", constraint: "_tag=x" })), ["*.read?_tag=x"]);
});

test("a misspelt FHIR type is refused with the nearest name, a custom type is not", () => {
  for (const [name, near] of [
    ["Observaton", "Observation"],
    ["Obsevration", "Observation"],
    ["OBSERVATION", "Observation"],
    ["Patients", "Patient"],
    ["Medicationrequest", "MedicationRequest"],
  ] as const) {
    assert.equal(
      refusal(declaration({ resourceType: name })),
      `atoms[0].resourceType "${name}" is no FHIR R4 resource type; the nearest is "${near}"`,
    );
  }
  for (const name of [
    "todo",
    "lab_result",
    "observation",
    "Widget",
    "Patientxy",
    "Conditional",
    "user",
    "acme:record",
    "https://acme.example/types/record",
    "1 a b",
    "Ärztebrief",
    "x".repeat(256),
  ]) {
    assert.equal(printed(declaration({ resourceType: name })).length, 1, name);
  }
});

test("what is no type, action or constraint is refused, with its field, all at once", () => {
  for (const resourceType of ["", " a", "a\n", "\ud800", "a\u200bb", "x".repeat(257)]) {
    assert.match(refusal(declaration({ resourceType })), /^atoms\[0\]\.resourceType must /);
  }
  for (const action of ["", "*", "read ", "read\n", "\ud800", "x".repeat(257)]) {
    assert.match(refusal(declaration({ actions: ["read", action] })), /^atoms\[0\]\.actions\[1\] must /);
  }
  assert.match(refusal(declaration({ actions: ["_history"] })), /must be history-instance or history-type/);
  assert.equal(refusal(declaration({ actions: [] })), "atoms[0].actions is empty: name at least one action");
  assert.match(
    refusal(declaration({ constraint: "" })),
    /^atoms\[0\]\.constraint "" is not of the form parameter=value$/,
  );
  assert.match(
    refusal(declaration({ context: "patient" as "PATIENT" })),
    /^atoms\[0\]\.context must be one of ANY, PATIENT/,
  );
  const all = refusal(declaration({ actions: [] }), declaration({ constraint: "categry=x" }));
  assert.equal(
    all,
    'atoms[0].actions is empty: name at least one action; atoms[1].constraint "categry" is no search parameter of Observation; the nearest is "category"',
  );
  assert.match(refusal(...Array.from({ length: 101 }, () => declaration({}))), /more than 100 entries/);
});

test("a constraint is read, and printed in canonical form", () => {
  for (const [text, canonical] of [
    ["category=laboratory", "category=laboratory"],
    ["category=b,a", "category=a,b"],
    ["code=2&category=1", "category=1&code=2"],
    ["category=2&category=1", "category=1&category=2"],
    ["category=1&category=1", "category=1"],
    ["category=http://loinc.org|", "category=http://loinc.org|"],
    ["category=|a", "category=|a"],
    ["date=ge2020-01-01", "date=ge2020-01-01"],
    ["subject=Patient/1", "subject=Patient/1"],
    ["value-quantity=gt5.4|http://unitsofmeasure.org|mg", "value-quantity=gt5.4|http://unitsofmeasure.org|mg"],
    ["code-value-quantity=http://loinc.org|8480-6$gt100", "code-value-quantity=http://loinc.org|8480-6$gt100"],
    [
      "_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R",
      "_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R",
    ],
  ] as const) {
    const parsed = parseConstraint(text, "Observation");
    assert.ok(parsed.ok, text);
    assert.equal(printConstraint(parsed.value), canonical);
  }
});

test("what is not fully understood is no constraint", () => {
  const refused: Readonly<Record<string, RegExp>> = {
    category: /not of the form parameter=value/,
    "=a": /not of the form/,
    "category=": /empty value/,
    "category=a,": /empty value/,
    "category=,a": /empty value/,
    "category=a&": /not of the form/,
    "&category=a": /not of the form/,
    "category=a&&code=b": /not of the form/,
    "category:in=a": /modifier/,
    "category:not=a": /modifier/,
    "patient.name=a": /chained/,
    "_has:Condition:patient:code=a": /modifier/,
    "_has=a": /no search parameter/,
    "_filter=a": /no search parameter/,
    "_text=a": /no search parameter/,
    "_content=a": /no search parameter/,
    "_query=a": /no search parameter/,
    "_include=a": /no search parameter/,
    "constructor=a": /no search parameter/,
    "Category=a": /no search parameter/,
    "category=|": /no token/,
    "category=a|b|c": /no token/,
    "category=a%7Cb": /not permitted/,
    "category=a b": /not permitted/,
    "category=a+b": /not permitted/,
    "category=a\\,b": /not permitted/,
    "category=a=b": /not permitted/,
    "category=a?b": /not permitted/,
    "category=é": /not permitted/,
    "category=a\n": /not permitted/,
    "date=yesterday": /no date/,
    "date=xx2020": /no date/,
    "date=2020-02-30": /no date/,
    "date=ge2020-13": /no date/,
    "date=2020-01-01T25:00": /no date/,
    "date=2020-01-01T10": /no date/,
    "value-quantity=gt": /no quantity/,
    "value-quantity=1e999": /no quantity/,
    "value-quantity=5|mg": /no quantity/,
    "subject=a|b": /no reference/,
    "code-value-quantity=5": /no composite/,
  };
  for (const [text, why] of Object.entries(refused)) {
    const parsed = parseConstraint(text, "Observation");
    assert.ok(!parsed.ok, `${JSON.stringify(text)} was not refused`);
    assert.match(parsed.message, why, text);
  }
});

test("on * only parameters of every type, on a custom type none", () => {
  assert.ok(parseConstraint("_tag=a", "*").ok);
  assert.ok(parseConstraint("_lastUpdated=ge2020", "*").ok);
  assert.ok(!parseConstraint("category=a", "*").ok);
  assert.ok(!parseConstraint("_tag=a", "todo").ok);
});

test("a constraint has limits, and what exceeds them is refused whole", () => {
  const many = (count: number): string => Array.from({ length: count }, (_, i) => `c${i}`).join(",");
  assert.ok(parseConstraint(`category=${many(MAX_ALTERNATIVES)}`, "Observation").ok);
  assert.ok(!parseConstraint(`category=${many(MAX_ALTERNATIVES + 1)}`, "Observation").ok);
  assert.ok(!parseConstraint(`category=${many(17)}&code=${many(16)}`, "Observation").ok);
  assert.ok(!parseConstraint(`category=${"x".repeat(2048)}`, "Observation").ok);
  assert.ok(!parseConstraint(Array.from({ length: 9 }, (_, i) => `category=${i}`).join("&"), "Observation").ok);
});
