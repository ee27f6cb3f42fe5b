import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutIds } from "../../../src/domain/monitoring/alerts/withoutIds.ts";

const without = (text: string, ...ids: readonly string[]): string => withoutIds(text, ids, (id) => `<${id.length}>`);

test("ids are taken from a text where they stand as words of their own, wherever they stand", () => {
  assert.equal(without("ann, (ann) and ann.", "ann"), "<3>, (<3>) and <3>.");
  assert.equal(
    without("joanne ann-1 1ann ann_ éann annß ann𝒜 𝒜ann", "ann"),
    "joanne ann-1 1ann ann_ éann annß ann𝒜 𝒜ann",
  );
  assert.equal(without("𝄞ann𝄞", "ann"), "𝄞<3>𝄞");
});

test("a longer id goes before one that is part of it, and each is taken as it is written", () => {
  assert.equal(without("a.b and a", "a", "a.b"), "<3> and <1>");
  assert.equal(without("a*b axb $& [x", "a*b", "$&", "[x", ""), "<3> axb <2> <2>");
  assert.equal(without("nobody"), "nobody");
});
