import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { forgetHidden, hide, reveal } from "../src/session/hidden.ts";
import { maybePatientId } from "../src/ui/maybePatientId.ts";
import { placed, problemWords } from "../src/ui/problemPath.ts";
import { splitAt } from "../src/ui/splitAt.ts";
import { count, words } from "../src/ui/words.ts";

describe("what may not stand in an address", () => {
  beforeEach(forgetHidden);

  test("has a number there, the same for the same value, and none of its letters", () => {
    assert.equal(hide("p-207"), "@1");
    assert.equal(hide("ada"), "@2");
    assert.equal(hide("p-207"), "@1");
    assert.equal(reveal("@2"), "ada");
    assert.equal(hide(""), "");
  });

  test("is not known from another page's link, nor after sign-out", () => {
    hide("p-207");
    assert.equal(reveal("@2"), null);
    assert.equal(reveal("@0"), null);
    assert.equal(reveal("p-207"), null);
    forgetHidden();
    assert.equal(reveal("@1"), null);
  });
});

test("a problem stands at the field that it names, wherever that is in the input, and once", () => {
  const at = (path: string, ...names: string[]) => placed([{ path, message: "is wrong" }], names).at;
  const said = ["Is wrong."];
  assert.deepEqual(at("input.reason", "reason", "son", "input"), { reason: said });
  assert.deepEqual(at("reason", "reason"), { reason: said });
  assert.deepEqual(at("input.operations[0].putRule.when", "id", "putRule", "when"), { when: said });
  assert.deepEqual(at("input.atoms[1].actions", "atoms", "atoms[0].actions"), { atoms: said });
  assert.deepEqual(at("input.atoms[1].actions", "atoms[0].actions", "atoms[1].actions"), { "atoms[1].actions": said });
  assert.deepEqual(at("input.reasons", "reason"), {});
  const two = [
    { path: "input", message: "must say one thing at least" },
    { path: "input.validUntil", message: "must be later" },
  ];
  assert.deepEqual(placed(two, ["reason"]).left.map(problemWords), [
    "Must say one thing at least.",
    "Valid until: must be later",
  ]);
});

test("what may be an id is not looked up while it is typed", () => {
  for (const text of ["p-207", "Patient/ada", "12345", "~k3J", "urn|x"]) assert.equal(maybePatientId(text), true, text);
  for (const text of ["lab-portal", "view_lab_results", "Ada Lovelace"])
    assert.equal(maybePatientId(text), false, text);
});

test("an id is found in a sentence where it stands by itself", () => {
  assert.deepEqual(splitAt("No longer: user ada, adam", "ada"), ["No longer: user ", ", adam"]);
  assert.deepEqual(splitAt("adam and ada-1, then ada", "ada"), ["adam and ada-1, then ", ""]);
  assert.equal(splitAt("adam may read", "ada"), null);
  assert.equal(splitAt("anybody", ""), null);
});

test("codes and counts as people read them", () => {
  assert.equal(words("NO_MATCHING_RULE"), "No matching rule");
  assert.equal(count(1, "decision"), "1 decision");
  assert.equal(count(3021, "decision"), "3,021 decisions");
});
