import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../../src/process/ids.ts";

test("ids are UUIDs of version 7, each greater than the one before, also within a millisecond", () => {
  // More than the counter of one millisecond holds.
  const ids = Array.from({ length: 10_000 }, () => newId());
  for (const [i, id] of ids.entries()) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.ok(i === 0 || id > (ids[i - 1] ?? ""), `${ids[i - 1]} and then ${id}`);
  }
  const time = Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16);
  assert.ok(Math.abs(time - Date.now()) < 60_000, "the first 48 bits are the time");
});

test("62 bits of an id are random: none comes twice, and every digit takes every value", () => {
  const texts = Array.from({ length: 10_000 }, () => newId().slice(19).replace("-", ""));
  assert.equal(new Set(texts).size, texts.length);
  for (let at = 0; at < 16; at++)
    assert.equal(new Set(texts.map((text) => text[at])).size, at === 0 ? 4 : 16, `digit ${at}`);
});
