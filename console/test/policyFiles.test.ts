import assert from "node:assert/strict";
import { test } from "node:test";
import { fileProblems, itemAt } from "../src/pages/policy/governance/fileProblems.ts";
import { ApiError } from "../src/transport/apiError.ts";
import { justified, unjustified } from "../src/ui/propose/justification.ts";
import { memberChanges } from "../src/ui/propose/memberChanges.ts";

test("a problem of a file has its line; where one has none, all are told as usual", () => {
  const inFile = { path: "my: rules.yaml:12:5 operations[3].putRule.effect", message: "must be ALLOW or DENY" };
  assert.deepEqual(fileProblems([inFile]), [
    { file: "my: rules.yaml", line: 12, column: 5, message: "must be ALLOW or DENY" },
  ]);
  assert.equal(fileProblems([inFile, { path: "files", message: "must not be empty" }]), null);
  assert.equal(fileProblems([]), null);
});

test("an item of a list ends where the next begins, or what is further to the left", () => {
  const text = "requests:\n  - name: a\n\n    expect: { outcome: DENY }\n  - name: b\nnever: []\n";
  assert.equal(itemAt(text, 2), "- name: a\n\n  expect: { outcome: DENY }");
  assert.equal(itemAt(text, 5), "- name: b");
});

test("what needs a justification is asked for it, unless something else is wrong as well", () => {
  const operations = [{ deleteRule: { id: "a" } }, { putScope: { name: "user/*.cruds" } }] as never;
  const wide = {
    path: "operations[1].putScope",
    message: "WILDCARD_TYPE: ... give a justification; it is stored and shown.",
  };
  const error = (...problems: { path: string; message: string }[]) => new ApiError("BAD_USER_INPUT", "", { problems });
  assert.deepEqual(unjustified(error(wide), operations), [{ at: 1, what: "user/*.cruds", problems: [wide.message] }]);
  assert.deepEqual(
    unjustified(error(wide, { path: "operations[0].deleteRule.id", message: "there is no rule a" }), operations),
    [],
  );
  assert.deepEqual(unjustified(error({ path: "reason", message: "is missing" }), operations), []);
  assert.deepEqual(justified(operations, { 1: " because " }), [
    { deleteRule: { id: "a" } },
    { putScope: { name: "user/*.cruds", justification: "because" } },
  ]);
});

test("of a thing that was changed the members that differ are shown, of a new one those that are set", () => {
  assert.deepEqual(
    memberChanges("rule", { id: "r", when: "a", obligations: [] }, { id: "r", when: null, obligations: [] }),
    [{ name: "when", label: "Only when", isCode: true, before: "a", after: "always" }],
  );
  assert.deepEqual(
    memberChanges("rule", null, { id: "r", when: null, effect: "DENY" }).map(({ before, label, after }) => [
      label,
      before,
      after,
    ]),
    [
      ["Id", null, "r"],
      ["Effect", null, "denies it"],
    ],
  );
});
