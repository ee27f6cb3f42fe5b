import assert from "node:assert/strict";
import { test } from "node:test";
import { Memo } from "../../src/domain/kernel/memo.ts";

test("a memo answers what was set last, null included, and nothing for a text that it does not know", () => {
  const memo = new Memo<number | null>(8);
  assert.equal(memo.get("a"), undefined);
  memo.set("a", 1);
  memo.set("b", null);
  assert.equal(memo.get("a"), 1);
  assert.equal(memo.get("b"), null);
  memo.set("a", 2);
  assert.equal(memo.get("a"), 2);
});

test("a memo never holds more than its bound, keeps what is asked for, and forgets the rest", () => {
  const memo = new Memo<number>(10);
  memo.set("kept", -1);
  for (let i = 0; i < 1000; i++) {
    memo.set(`text ${i}`, i);
    assert.equal(memo.get("kept"), -1);
    assert.ok(memo.size <= 10, `${memo.size} texts`);
    assert.equal(memo.get(`text ${i}`), i);
  }
  assert.equal(memo.get("text 3"), undefined);
});
