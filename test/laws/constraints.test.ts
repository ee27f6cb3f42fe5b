// The algebra of constraints and their comparison with a resource agree, for every type of parameter.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Constraint,
  canonicalConstraint,
  parseConstraint,
  printConstraint,
} from "../../src/domain/scopes/atom.ts";
import { type ComparedResource, constraintProblem } from "../../src/domain/scopes/compare/compare.ts";
import { bothConstraints, constraintImplies, simplifyConstraint } from "../../src/domain/scopes/constraint.ts";
import { atLeast, runs } from "../support/budget.ts";
import { labels } from "../support/oneForm.ts";

/** Values of a few parameters, so near to each other that they often meet. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  category: ["a", "b", "s|a", "s|b", "t|a", "s|", "|a"],
  _security: ["R", "V", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R", "s|"],
  _id: ["o1", "o2"],
  subject: ["Patient/1", "1", "Group/1", "https://a.example/fhir/Patient/1"],
  "value-string": ["caf", "cafe", "TEA", "te"],
  date: ["2020", "2020-05", "ge2020", "gt2020-05-01", "lt2021", "ne2020-05", "2020-05-01T10:00Z", "ap2020"],
  "value-quantity": ["5", "5.0", "gt5", "le5|u|mg", "5||mg", "ne5", "ap5"],
  _profile: ["http://a", "http://b"],
  "code-value-quantity": ["s|a$5", "a$5"],
};
const HELD: Readonly<Record<string, readonly unknown[]>> = {
  category: ["a", "s|a", "t|a", "|a", "s|b", true, ["b", "s|a"], [], 5],
  subject: ["Patient/1", "1", "Patient/2", "Patient/1/_history/2", "https://a.example/fhir/Patient/1", "urn:uuid:1"],
  "value-string": ["Café", "tea", "TEA TIME", "", ["x", "Tea"]],
  date: ["2020", "2020-05-01", "2020-05-01T10:00:00Z", "2021-01-01T00:30:00+01:00", "soon"],
  "value-quantity": [5, "5.04", "5|u|mg", "4||mg", "6|u|g", [4, 6]],
  _profile: ["http://a", "http://a|1"],
  "code-value-quantity": ["s|a$5", "a$5"],
};

const entry = fc.constantFrom(...Object.keys(WANTED)).chain((parameter) =>
  fc.record({
    parameter: fc.constant(parameter),
    values: fc.uniqueArray(fc.constantFrom(...(WANTED[parameter] ?? [])), { minLength: 1, maxLength: 3 }),
  }),
);
const constraint: fc.Arbitrary<Constraint> = fc.array(entry, { minLength: 1, maxLength: 2 }).map(canonicalConstraint);
const resource: fc.Arbitrary<ComparedResource> = fc.record({
  resourceType: fc.constant("Observation"),
  resourceId: fc.constantFrom("o1", "o2", null),
  labels: fc.constantFrom(labels(["R"]), labels(["N", "V"]), labels(["https://house.example|R"]), null),
  attributes: fc.record(
    Object.fromEntries(Object.entries(HELD).map(([name, values]) => [name, fc.constantFrom(...values)])),
    { requiredKeys: Object.keys(HELD).slice(0, 4) },
  ),
  fhirVersion: fc.constantFrom("R4" as const, "R5" as const),
});

const meets = (c: Constraint, r: ComparedResource): boolean => constraintProblem(c, "Observation", r) === null;
const RUNS = { numRuns: runs(4000) };

test("the values are all well formed", () => {
  for (const [parameter, values] of Object.entries(WANTED))
    for (const value of values)
      assert.ok(parseConstraint(`${parameter}=${value}`, "Observation").ok, `${parameter}=${value}`);
});

test("what meets a constraint meets every one that it implies", () => {
  const counted = { implied: 0, met: 0 };
  fc.assert(
    fc.property(constraint, constraint, resource, (one, other, r) => {
      const narrow = canonicalConstraint([...one, ...other]);
      for (const [by, wide] of [
        [one, other],
        [narrow, one],
        [simplifyConstraint(narrow), other],
      ] as const) {
        if (!constraintImplies(by, wide)) continue;
        counted.implied++;
        if (!meets(by, r)) continue;
        counted.met++;
        assert.ok(meets(wide, r), `${printConstraint(by)} implies ${printConstraint(wide)}`);
      }
    }),
    RUNS,
  );
  // Or it has shown nothing.
  assert.ok(counted.implied > atLeast(4000) && counted.met > atLeast(100), JSON.stringify(counted));
});

test("one value at a time: a token within a wider one", () => {
  const counted = { met: 0 };
  fc.assert(
    fc.property(entry, entry, resource, (one, other, r) => {
      const [by, wide] = [[one], [{ ...other, parameter: one.parameter }]];
      if (!constraintImplies(by, wide) || !meets(by, r)) return;
      counted.met++;
      assert.ok(meets(wide, r), `${printConstraint(by)} implies ${printConstraint(wide)}`);
    }),
    RUNS,
  );
  assert.ok(counted.met > atLeast(20), JSON.stringify(counted));
});

test("both constraints and their shortest form are met together", () => {
  fc.assert(
    fc.property(constraint, constraint, resource, (one, other, r) => {
      assert.equal(meets(bothConstraints(one, other), r), meets(one, r) && meets(other, r));
    }),
    RUNS,
  );
});
