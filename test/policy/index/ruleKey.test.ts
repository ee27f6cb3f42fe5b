import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS, kindsOf, roleKey, roleKeys, ruleKey } from "../../../src/domain/policy/index/ruleKey.ts";

const names = Array.from({ length: 2_000 }, (_, i) => `name ${i}`);

test("a key is the first of its role and one of the kinds that speak of its action and type, exactly", () => {
  for (const [i, role] of names.entries()) {
    const [action, resourceType] = [names[(i * 7) % 2_000] as string, names[(i * 11 + 1) % 2_000] as string];
    for (const rule of [
      { role, action, resourceType },
      { role, action, resourceType: "*" },
      { role, action: "*", resourceType },
      { role, action: "*", resourceType: "*" },
    ]) {
      const key = ruleKey(rule);
      assert.ok(Number.isSafeInteger(key) && Number.isSafeInteger(roleKey(role) + KINDS));
      assert.ok(kindsOf(action, resourceType).includes(key - roleKey(role)));
    }
  }
});

test("hardly any two names have the same key, or else every question would read what does not fit", () => {
  assert.equal(new Set(names.map(roleKey)).size, names.length);
  const kinds = new Set(names.map((action) => kindsOf(action, "Observation")[0]));
  assert.ok(kinds.size > names.length - 10, `${kinds.size}`);
});

test("the keys of roles are in ascending order, each once, with that of every role, and remembered for one object", () => {
  const held = new Map([
    ["nurse", null],
    ["clerk", "nurse"],
    ["*", null],
  ]);
  const keys = roleKeys(held);
  assert.deepEqual(
    keys,
    ["*", "clerk", "nurse"].map(roleKey).sort((a, b) => a - b),
  );
  assert.equal(roleKeys(held), keys);
  assert.deepEqual(roleKeys(new Set(["nurse", "clerk"])), keys);
  assert.deepEqual(roleKeys(new Set()), [roleKey("*")]);
});
