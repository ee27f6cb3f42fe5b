import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

const SRC = new URL("../src/", import.meta.url);
/** Pages that still have some. */
const STILL = /^pages\/watch\/(AlertPanel|InquiriesPage|RestrictionsPage|decisionCells)\.tsx$/;

/** The elements in a file that say something only to who points at them: a component's own `title` is shown. */
function titled(name: string, text: string): readonly string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isJsxAttribute(node) && node.name.getText(file) === "title") {
      const element = node.parent.parent.tagName.getText(file);
      if (/^[a-z]/.test(element) || element === "Link") found.push(`${name}: <${element} ${node.getText(file)}>`);
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

test("nothing is told only to who points at it", () => {
  const names = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tsx"));
  assert.ok(names.length > 100, String(names.length));
  const found = names
    .filter((name) => !STILL.test(name))
    .flatMap((name) => titled(name, readFileSync(new URL(name, SRC), "utf8")));
  assert.deepEqual(found, []);
  assert.deepEqual(titled("a.tsx", '<Page title="A"><b title="b" /></Page>'), ['a.tsx: <b title="b">']);
});
