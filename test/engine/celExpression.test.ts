import assert from "node:assert/strict";
import { test } from "node:test";
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { pathOf, pathsOf, strictOperands, textOf } from "../../src/engine/celExpression.ts";
import { condition } from "./partial/support.ts";

const environment = new Environment({ limits: { maxDepth: 200 } }).registerVariable("a", "dyn");
const parse = (text: string): ASTNode => environment.parse(text).ast;
const variables = new Set(["subject", "resource", "purposeOfUse"]);

test("an expression as text reads back as the same expression", () => {
  fc.assert(
    fc.property(condition, (text) => {
      const written = textOf(parse(text));
      assert.equal(textOf(parse(written)), written);
    }),
    { numRuns: 500 },
  );
  for (const [text, written] of [
    ["a || b && c", "(a || (b && c))"],
    ["(a || b) && c", "((a || b) && c)"],
    ["a - b - c", "((a - b) - c)"],
    ["!a ? b : c", "((!a) ? b : c)"],
    ['x["a"].b in [1, 2]', '(x["a"].b in [1, 2])'],
    ["l.exists(i, i == 1)", "l.exists(i, (i == 1))"],
    ['{"a": f(x)}', '{"a": f(x)}'],
  ] as const)
    assert.equal(textOf(parse(text)), written);
});

test("a path is a variable and members by name", () => {
  for (const [text, path] of [
    ["subject", ["subject"]],
    ["resource.attributes.level", ["resource", "attributes", "level"]],
    ['resource["labels"]', ["resource", "labels"]],
    ["resource[subject]", null],
    ["resource.labels[0]", null],
    ["size(resource.labels)", null],
    ['"text"', null],
  ] as const)
    assert.deepEqual(pathOf(parse(text)), path, text);
});

test("the paths that an expression touches, but for the names that it makes itself", () => {
  for (const [text, paths] of [
    ['subject.id == resource.patient && purposeOfUse == "T"', ["subject.id", "resource.patient", "purposeOfUse"]],
    ["resource.labels.exists(l, l == subject.id)", ["resource.labels", "subject.id"]],
    ["cel.bind(x, resource.labels, x == subject.id)", ["resource.labels", "subject.id"]],
    ["[1].exists(subject, subject.id == 1)", []],
    ["unheard == 1", null],
    ["[1].exists(i, unheard == i)", null],
  ] as const)
    assert.deepEqual(pathsOf(parse(text), variables)?.map((path) => path.join(".")) ?? null, paths, text);
});

test("an error in a strict operand is one of the whole; what CEL may skip is not strict", () => {
  for (const [text, operands] of [
    ["a + b", ["a", "b"]],
    ["f(a, b)", ["a", "b"]],
    ["a.startsWith(b)", ["a", "b"]],
    ["a.exists(i, i == b)", ["a"]],
    ["a ? b : c", []],
    ["has(a.b)", []],
    ["cel.bind(x, a, x)", []],
  ] as const)
    assert.deepEqual(strictOperands(parse(text)).map(textOf), operands, text);
});
