import type { ASTNode } from "@marcbachmann/cel-js";
import type { ConditionTerms } from "../domain/policy/conditions.ts";
import { partsOf, pathOf } from "./celExpression.ts";
import { parseCondition } from "./conditionCheck.ts";
import { NAMES } from "./conditionMembers.ts";

const isCompared = (node: ASTNode): node is ASTNode & { readonly op: "==" | "!=" | "in" } =>
  node.op === "==" || node.op === "!=" || node.op === "in";

/** The texts that an expression is, one by itself or a list of them. */
function textsOf(node: ASTNode): readonly string[] {
  if (node.op === "value") return typeof node.args === "string" ? [node.args] : [];
  return node.op === "list" ? node.args.flatMap(textsOf) : [];
}

/** What a condition says in its text. @throws for what `checkCondition` would refuse to parse. */
export function readCondition(text: string): ConditionTerms {
  const compared: { readonly member: string; readonly text: string }[] = [];
  const touched = new Set<string>();
  const asked = new Set<string>();
  const visit = (node: ASTNode, own: ReadonlySet<string>): void => {
    const memberOf = (side: ASTNode): string | null => {
      const path = pathOf(side);
      const [root] = path ?? [];
      return path === null || root === undefined || own.has(root) || !NAMES.has(root) ? null : path.join(".");
    };
    if (node.op === "call" && node.args[0] === "has") {
      for (const member of node.args[1].map(memberOf)) if (member !== null) asked.add(member);
      return;
    }
    if (isCompared(node)) {
      for (const [side, other] of [node.args, node.args.toReversed()] as readonly (readonly ASTNode[])[]) {
        const member = side === undefined ? null : memberOf(side);
        if (member === null || other === undefined) continue;
        for (const found of textsOf(other)) compared.push({ member, text: found });
      }
    }
    const member = memberOf(node);
    if (member !== null) touched.add(member);
    else for (const part of partsOf(node, own)) visit(part.node, part.own);
  };
  visit(parseCondition(text), new Set());
  return { compared, touched: [...touched], asked: [...asked] };
}
