import type { ASTNode } from "@marcbachmann/cel-js";
import { printNode, textOf } from "../celExpression.ts";
import { absentWords, type Said, wordsOf } from "./conditionWords.ts";
import { must, type Outcomes, onlyValue, surelyFails } from "./outcomes.ts";
import type { World } from "./world.ts";

/** Asks about a part of a condition in a world. */
export interface PartOutcomes {
  boolean(node: ASTNode, world: World): Outcomes;
  value(node: ASTNode, world: World): Outcomes;
}

/** An expression without its known parts: as CEL, and for people when it holds and when it does not. */
export interface Rest extends Said {
  readonly cel: string;
  /** It can't be true, and fails where something is not given. */
  readonly onlyFails?: true;
}
/** What is left of an expression: an answer, or an expression. */
type Left = boolean | Rest;

const isRest = (left: Left): left is Rest => typeof left !== "boolean";

/** Operators both of whose sides may be put as the texts that they are known to be. */
const COMPARING: ReadonlySet<string> = new Set(["==", "!=", "in", "<", "<=", ">", ">="]);

/** A part of a condition as it stands, texts that are known in their place. */
function restOf(node: ASTNode, world: World, asks: PartOutcomes): Rest {
  const known = (part: ASTNode): string | null => {
    if (part.op === "value" || part.op === "list") return null;
    const value = onlyValue(asks.value(part, world));
    return typeof value === "string" ? value : null;
  };
  const side = (part: ASTNode): string => {
    const text = COMPARING.has(node.op) ? known(part) : null;
    return text === null ? textOf(part) : JSON.stringify(text);
  };
  return { cel: printNode(node, side), ...wordsOf(node, known) };
}

const joined = (kind: "and" | "or", left: string, right: string): string => {
  const other = kind === "and" ? " or " : " and ";
  const wrapped = (text: string): string => (text.includes(other) ? `(${text})` : text);
  return `${wrapped(left)} ${kind} ${wrapped(right)}`;
};

/** `condition ? yes : no`, of which the condition is not known. */
function chosen(condition: Rest, yes: Left, no: Left): Rest {
  const [celYes, celNo] = [yes, no].map((left) => (isRest(left) ? left.cel : String(left)));
  const cel = `(${condition.cel} ? ${celYes} : ${celNo})`;
  if (isRest(yes) && no === false)
    return { cel, yes: joined("and", condition.yes, yes.yes), no: joined("or", condition.no, yes.no) };
  if (isRest(no) && yes === false)
    return { cel, yes: joined("and", condition.no, no.yes), no: joined("or", condition.yes, no.no) };
  if (yes === false && no === false) {
    const whether = `be told whether ${condition.yes}`;
    return { cel, yes: `it can't ${whether}`, no: `it can ${whether}`, onlyFails: true };
  }
  if (yes === true && no === false) return { cel, yes: condition.yes, no: condition.no };
  if (yes === false && no === true) return { cel, yes: condition.no, no: condition.yes };
  const say = (left: Left, holds: boolean): string =>
    isRest(left) ? (holds ? left.yes : left.no) : left === holds ? "always" : "never";
  const of = (holds: boolean): string => `${say(yes, holds)} where ${condition.yes}, ${say(no, holds)} otherwise`;
  return { cel, yes: of(true), no: of(false) };
}

/**
 * What is left of a condition where a part of a request is known: for every request that has the known part it is true, is
 * false or fails as the whole does. What surely fails stays as it is, since only of the whole it is known what a failure means.
 */
export function remainderOf(node: ASTNode, world: World, asks: PartOutcomes): Left {
  const outcomes = asks.boolean(node, world);
  if (must(outcomes, true)) return true;
  if (must(outcomes, false)) return false;
  if (surelyFails(outcomes)) return { cel: textOf(node), ...wordsOf(node, () => null) };
  switch (node.op) {
    case "&&":
    case "||": {
      const absorbing = node.op === "||";
      const [left, right] = node.args.map((part) => remainderOf(part, world, asks)) as [Left, Left];
      if (left === !absorbing) return right;
      if (right === !absorbing) return left;
      // One side that would decide alone is known only where the whole is.
      if (!isRest(left) || !isRest(right)) return restOf(node, world, asks);
      const [yes, no] = absorbing ? (["or", "and"] as const) : (["and", "or"] as const);
      const absent = absentWords(left.yes, right) ?? absentWords(right.yes, left);
      return {
        cel: `(${left.cel} ${node.op} ${right.cel})`,
        yes: !absorbing && absent !== null ? absent.yes : joined(yes, left.yes, right.yes),
        no: !absorbing && absent !== null ? absent.no : joined(no, left.no, right.no),
      };
    }
    case "!_": {
      const of = remainderOf(node.args, world, asks);
      return isRest(of) ? { cel: `(!${of.cel})`, yes: of.no, no: of.yes } : !of;
    }
    case "?:": {
      const [condition, yes, no] = node.args;
      const asked = remainderOf(condition, world, asks);
      if (!isRest(asked)) return remainderOf(asked ? yes : no, world, asks);
      return chosen(asked, remainderOf(yes, world, asks), remainderOf(no, world, asks));
    }
    default:
      return restOf(node, world, asks);
  }
}
