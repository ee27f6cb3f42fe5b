import assert from "node:assert/strict";
import { test } from "node:test";
import { completeListProblems } from "../../src/domain/scopes/completeLists.ts";

const problems = (attributes: object | null) =>
  [...completeListProblems(attributes as { readonly [name: string]: unknown } | null, "a")].map(
    ({ message, path }) => `${path} ${message}`,
  );

test("lists that say all there is have nothing in them that can't be compared", () => {
  for (const fine of [
    null,
    {},
    { references: null, codes: null },
    { references: [], codes: [] },
    {
      references: ["Encounter/e-1", "lab_order/7"],
      codes: ["http://loinc.org|2339-0", "urn:oid:2.16.840.1.113883.6.96|1"],
    },
  ])
    assert.deepEqual(problems(fine), [], JSON.stringify(fine));
});

test("the first item of each that can't be is named, with what it must be", () => {
  const reference = "must be Type/id, such as Encounter/e-1";
  const code = "must be system|code, such as http://loinc.org|2339-0";
  for (const [attributes, ...expected] of [
    [{ references: "Encounter/e-1" }, "a.references must be a list of texts; leave it out where it is not known"],
    [{ references: ["Encounter/e-1", "e-1"] }, `a.references[1] ${reference}`],
    [{ references: ["#e"] }, `a.references[0] ${reference}`],
    [{ references: ["Encounter/e-1/_history/1"] }, `a.references[0] ${reference}`],
    [{ references: ["https://x.example/Encounter/e-1"] }, `a.references[0] ${reference}`],
    [{ references: ["Encouter/e-1"] }, "a.references[0] has the type Encouter; did you mean Encounter?"],
    [{ references: [7] }, "a.references[0] must be a text"],
    [{ codes: ["2339-0"] }, `a.codes[0] ${code}`],
    [{ codes: ["|2339-0"] }, `a.codes[0] ${code}`],
    [
      { codes: ["http://loinc.org/|2339-0"] },
      "a.codes[0] is of a code system that no data carries; did you mean http://loinc.org?",
    ],
    [
      { codes: {}, references: [null] },
      "a.references[0] must be a text",
      "a.codes must be a list of texts; leave it out where it is not known",
    ],
  ] as const)
    assert.deepEqual(problems(attributes as object), expected, JSON.stringify(attributes));
});
