import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, printJson, printLines, table } from "../../src/cli/terminal.ts";

function written(print: (to: { write(text: string): void }) => void): string {
  const parts: string[] = [];
  print({ write: (text) => void parts.push(text) });
  return parts.join("");
}

// An escape sequence, a C1 control, a line break, a reversal of the writing direction, a line separator, half a character.
const NASTY = "a\u001b[2Jb\u009bc\nd\u202ee\u2028f\ud800g\u{e0001}h";

test("text from elsewhere can't do anything to a terminal", () => {
  assert.equal(plain(NASTY), "a\\u{1b}[2Jb\\u{9b}c\\u{a}d\\u{202e}e\\u{2028}f\\u{d800}g\\u{e0001}h");
  assert.equal(plain("Zoë 名 🩺"), "Zoë 名 🩺");
  assert.equal(written((to) => printLines(to, [NASTY, "b"])).split("\n").length, 3);
});

test("JSON is escaped too, and is the same data", () => {
  const text = written((to) => printJson(to, { name: NASTY }));
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  assert.deepEqual(JSON.parse(text), { name: NASTY });
});

test("columns line up", () => {
  assert.deepEqual(
    table([
      ["type", "n"],
      ["Patient", "10"],
      ["x\n", "1"],
    ]),
    ["type      n", "Patient  10", "x\n        1"],
  );
});
