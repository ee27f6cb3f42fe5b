import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCursor, decodeNumberCursor, encodeCursor, readCursor } from "../../src/doors/cursors.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("a cursor is read by its own list alone, whatever its key", () => {
  for (const key of ["", "a", "é:ü", '["x",null]', "k".repeat(3000)]) {
    assert.equal(readCursor("roles", encodeCursor("roles", key)), key);
    assert.equal(readCursor("role", encodeCursor("roles", key)), null);
    assert.equal(readCursor("roles by DUE", encodeCursor("roles", key)), null);
  }
  assert.equal(decodeNumberCursor("acts", encodeCursor("acts", 42)), 42);
});

test("a cursor with one letter altered, lost or added is refused, naming the field", () => {
  const cursor = encodeCursor("acts", 4711);
  const altered = [...cursor].flatMap((letter, at) => [
    cursor.slice(0, at) + cursor.slice(at + 1),
    ...[...ALPHABET].flatMap((other) => [
      ...(other === letter ? [] : [cursor.slice(0, at) + other + cursor.slice(at + 1)]),
      cursor.slice(0, at) + other + cursor.slice(at),
    ]),
  ]);
  for (const text of altered.filter((other) => other !== cursor))
    assert.throws(() => decodeNumberCursor("acts", text), /after: must be a cursor of acts/, text);
  assert.throws(() => decodeCursor("acts", "4711", "page.token"), /page\.token: must be a cursor of acts/);
});
