import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { forgetHidden, hide, reveal } from "../src/session/hidden.ts";
import { maybePatientId } from "../src/ui/maybePatientId.ts";
import { isAt } from "../src/ui/problemPath.ts";
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

test("a problem stands at the field that it names, wherever that is in the input", () => {
  assert.equal(isAt("input.reason", "reason"), true);
  assert.equal(isAt("reason", "reason"), true);
  assert.equal(isAt("input.operations[0].putRule.when", "when"), true);
  assert.equal(isAt("input.operations[0].putRule.when", "putRule.when"), true);
  assert.equal(isAt("input.atoms[1].actions", "atoms"), true);
  assert.equal(isAt("input.reason", "son"), false);
  assert.equal(isAt("input.reasons", "reason"), false);
});

test("what may be an id is not looked up while it is typed", () => {
  for (const text of ["p-207", "Patient/ada", "12345", "~k3J", "urn|x"]) assert.equal(maybePatientId(text), true, text);
  for (const text of ["lab-portal", "view_lab_results", "Ada Lovelace"])
    assert.equal(maybePatientId(text), false, text);
});

test("codes and counts as people read them", () => {
  assert.equal(words("NO_MATCHING_RULE"), "No matching rule");
  assert.equal(count(1, "decision"), "1 decision");
  assert.equal(count(3021, "decision"), "3,021 decisions");
});
