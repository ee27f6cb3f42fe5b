import type { ASTNode } from "@marcbachmann/cel-js";
import { purposeOf } from "../domain/scopes/purposes.ts";
import { labelOf } from "../domain/scopes/securityLabels.ts";
import { LOOPS, nodesIn, pathOf, printNode, textOf } from "./celExpression.ts";

/** What a part of a condition may be: the purpose of the request, one of the resource's labels, or its labels. */
type Meaning = "purpose" | "label" | "labels";
/** The names that a condition gives to such parts, and those that hide a variable. */
type Names = ReadonlyMap<string, Meaning | null>;

const COMPARED: ReadonlySet<string> = new Set(["==", "!=", "in"]);
/** Functions of a text, or of a list of texts, whose argument is compared with it as a whole. */
const ITEM: { readonly [Of in Meaning]: (text: string) => string } = {
  label: labelOf,
  labels: labelOf,
  purpose: purposeOf,
};

function meaningOf(node: ASTNode, names: Names): Meaning | null {
  const path = pathOf(node);
  if (path !== null) {
    const [root = "", member] = path;
    const own = names.get(root);
    if (own !== undefined) return path.length === 1 ? own : null;
    if (path.length === 1) return root === "purposeOfUse" ? "purpose" : null;
    return path.length === 2 && root === "resource" && member === "labels" ? "labels" : null;
  }
  if (node.op === "[]") return meaningOf(node.args[0], names) === "labels" ? "label" : null;
  if (node.op === "?:") return meaningOf(node.args[1], names) ?? meaningOf(node.args[2], names);
  if (node.op === "+") return meaningOf(node.args[0], names) ?? meaningOf(node.args[1], names);
  if (node.op === "rcall" && node.args[0] === "filter") return meaningOf(node.args[1], names);
  return null;
}

/** With the name that a loop gives to each of its items, or `cel.bind` to a value. */
function within(node: ASTNode & { op: "rcall" }, names: Names): Names {
  const [name, receiver, [item, value]] = node.args;
  if (item?.op !== "id") return names;
  const of = name === "bind" ? value : receiver;
  const found = of === undefined ? null : meaningOf(of, names);
  const items = name === "bind" ? found : found === "labels" ? "label" : usedAs(item.args, node, names);
  return new Map([...names, [item.args, items]]);
}

/** What the items of a list of literals are compared with where a loop goes through it: `["R", "V"].exists(x, x in resource.labels)`. */
function usedAs(name: string, loop: ASTNode & { op: "rcall" }, names: Names): Meaning | null {
  const own: Names = new Map([...names, [name, null]]);
  const visit = (node: ASTNode): Meaning | null => {
    if (COMPARED.has(node.op)) {
      const [left, right] = [...nodesIn(node.args)];
      for (const [side, other] of [
        [left, right],
        [right, left],
      ])
        if (side?.op === "id" && side.args === name && other !== undefined) {
          const meaning = meaningOf(other, own);
          if (meaning !== null) return meaning === "purpose" ? "purpose" : "label";
        }
    }
    for (const part of nodesIn(node.args)) {
      const found = visit(part);
      if (found !== null) return found;
    }
    return null;
  };
  return loop.args[2].map(visit).find((found) => found !== null) ?? null;
}

/** Texts among what is compared with a meaning, each in its one form. */
function literalText(node: ASTNode, meaning: Meaning, write: (part: ASTNode) => string): string {
  if (node.op === "value" && typeof node.args === "string") return JSON.stringify(ITEM[meaning](node.args));
  if (node.op === "list" || node.op === "?:") {
    const parts = [...nodesIn(node.args)];
    const [condition] = node.op === "?:" ? parts : [];
    return printNode(node, (part) => (part === condition ? write(part) : literalText(part, meaning, write)));
  }
  return write(node);
}

function write(node: ASTNode, names: Names): string {
  const plain = (part: ASTNode): string => write(part, names);
  if (node.op === "rcall" && (LOOPS.has(node.args[0]) || node.args[0] === "bind")) {
    const [, receiver, [item]] = node.args;
    const inner = within(node, names);
    const items = item?.op === "id" ? (inner.get(item.args) ?? null) : null;
    return printNode(node, (part) => {
      if (part === item) return textOf(part);
      if (part !== receiver) return write(part, inner);
      return items === null ? plain(part) : literalText(part, items, plain);
    });
  }
  if (COMPARED.has(node.op)) {
    const [left, right] = [...nodesIn(node.args)];
    const meanings = [left, right].map((side) => (side === undefined ? null : meaningOf(side, names)));
    const meaning = meanings.find((each) => each !== null) ?? null;
    if (meaning !== null) return printNode(node, (part) => literalText(part, meaning, plain));
  }
  return printNode(node, plain);
}

/**
 * A condition as text in which what purpose and labels are compared with stands in the one form that requests have:
 * `"http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R" in resource.labels` asks for `R`. Null: it is in that form.
 */
export function canonicalText(root: ASTNode): string | null {
  const text = write(root, new Map());
  return text === textOf(root) ? null : text;
}
