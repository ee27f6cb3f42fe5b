import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { WriteStream } from "node:tty";
import { byFirstWord, type Line, plain, printJson, printLines, styled, table } from "../../src/cli/terminal.ts";

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

/** What is printed to a terminal, with what the environment says of it. */
function onTerminal(lines: readonly Line[], env: Readonly<Record<string, string>>): string {
  const { getColorDepth } = WriteStream.prototype;
  const terminal = Object.assign(new PassThrough(), { isTTY: true, getColorDepth: () => getColorDepth(env) });
  printLines(terminal, lines);
  return String(terminal.read());
}

test("colours are for terminals that have them, and add nothing to what is said", () => {
  const lines = [
    byFirstWord("DENY"),
    byFirstWord("  WARNING X: y"),
    byFirstWord("+ rule r"),
    byFirstWord("Denied."),
    "",
  ];
  const said = "DENY\n  WARNING X: y\n+ rule r\nDenied.\n\n";
  assert.equal(
    onTerminal(lines, { TERM: "xterm-256color" }),
    "\u001b[31mDENY\u001b[39m\n  \u001b[33mWARNING\u001b[39m X: y\n\u001b[32m+\u001b[39m rule r\nDenied.\n\n",
  );
  for (const env of [{ TERM: "xterm-256color", NO_COLOR: "1" }, { TERM: "dumb" }])
    assert.equal(onTerminal(lines, env), said);
  const pipe = new PassThrough();
  printLines(pipe, lines);
  assert.equal(String(pipe.read()), said);
});

test("what is coloured is escaped all the same", () => {
  const text = onTerminal([[styled("bold", NASTY), NASTY]], { TERM: "xterm-256color" });
  assert.equal(text, `\u001b[1m${plain(NASTY)}\u001b[22m${plain(NASTY)}\n`);
});
