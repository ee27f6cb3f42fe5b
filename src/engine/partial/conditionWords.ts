import type { ASTNode } from "@marcbachmann/cel-js";
import { pathOf, textOf } from "../celExpression.ts";

/** An expression for people: when it holds, and when it does not. */
export interface Said {
  readonly yes: string;
  readonly no: string;
}

/** What the names of conditions are called. */
const NOUNS: ReadonlyMap<string, string> = new Map([
  ["action", "the action"],
  ["client.id", "the client"],
  ["client.name", "the client's name"],
  ["context.ipAddress", "the address of the caller"],
  ["context.patient", "the patient in context"],
  ["context.region", "the region of the caller"],
  ["context.tokenId", "the token's id"],
  ["context.userAgent", "the caller's program"],
  ["now", "the time"],
  ["purposeOfUse", "the purpose of use"],
  ["resource.id", "the resource's id"],
  ["resource.labels", "the resource's labels"],
  ["resource.organization", "the resource's organization"],
  ["resource.patient", "the resource's patient"],
  ["resource.patients", "the resource's patients"],
  ["resource.type", "the type of the resource"],
  ["scope", "the scope"],
  ["subject.id", "the subject"],
  ["subject.organization", "the subject's organization"],
  ["subject.type", "the subject's type"],
]);

/** A name of a condition for people; null: it has none. */
function nounOf(path: readonly string[]): string | null {
  const noun = NOUNS.get(path.join("."));
  if (noun !== undefined) return noun;
  const [object, attributes, ...rest] = path;
  if (attributes !== "attributes" || rest.length === 0) return null;
  return `the ${object}'s ${rest.join(".")}`;
}

type Known = (node: ASTNode) => string | null;

function phraseOf(node: ASTNode, known: Known): string {
  const text = known(node);
  if (text !== null) return text;
  if (node.op === "value") return String(node.args);
  if (node.op === "list") return node.args.map((item) => phraseOf(item, known)).join(" or ");
  const path = pathOf(node);
  return (path === null ? null : nounOf(path)) ?? `\`${textOf(node)}\``;
}

const COMPARED: ReadonlyMap<string, readonly [yes: string, no: string]> = new Map([
  ["==", ["is", "is not"]],
  ["!=", ["is not", "is"]],
  ["<", ["is below", "is not below"]],
  ["<=", ["is at most", "is more than"]],
  [">", ["is above", "is not above"]],
  [">=", ["is at least", "is less than"]],
]);
const CALLED: ReadonlyMap<string, readonly [yes: string, no: string]> = new Map([
  ["startsWith", ["begins with", "does not begin with"]],
  ["endsWith", ["ends with", "does not end with"]],
  ["contains", ["contains", "does not contain"]],
]);

function isIn(item: ASTNode, list: ASTNode, known: Known): Said {
  const what = phraseOf(item, known);
  const name = pathOf(list)?.join(".");
  if (name === "resource.labels")
    return { yes: `the resource is labelled ${what}`, no: `the resource is not labelled ${what}` };
  if (name === "resource.patients") return { yes: `the resource is of ${what}`, no: `the resource is not of ${what}` };
  const where = phraseOf(list, known);
  return list.op === "list"
    ? { yes: `${what} is ${where}`, no: `${what} is not ${where}` }
    : { yes: `${what} is among ${where}`, no: `${what} is not among ${where}` };
}

/** What a part of a condition says, in plain words; what has no words of its own stands as CEL. */
export function wordsOf(node: ASTNode, known: Known): Said {
  const compared = COMPARED.get(node.op);
  if (compared !== undefined) {
    const [left, right] = node.args as readonly [ASTNode, ASTNode];
    // A literal comes last: "the purpose of use is TREAT".
    const isTurned = left.op === "value" && (node.op === "==" || node.op === "!=");
    const [a, b] = (isTurned ? [right, left] : [left, right]).map((side) => phraseOf(side, known));
    return { yes: `${a} ${compared[0]} ${b}`, no: `${a} ${compared[1]} ${b}` };
  }
  if (node.op === "in") {
    const [item, list] = node.args;
    return isIn(item, list, known);
  }
  if (node.op === "call" && node.args[0] === "has") {
    const [member] = node.args[1];
    const path = member === undefined ? null : pathOf(member);
    const noun = path === null ? null : nounOf(path);
    if (noun !== null) {
      const [is, not] = noun.endsWith("labels") || noun.endsWith("patients") ? ["are", "are not"] : ["is", "is not"];
      return { yes: `${noun} ${is} given`, no: `${noun} ${not} given` };
    }
  }
  if (node.op === "rcall") {
    const [name, receiver, args] = node.args;
    const [arg] = args;
    const words = CALLED.get(name);
    if (words !== undefined && arg !== undefined && args.length === 1) {
      const [a, b] = [phraseOf(receiver, known), phraseOf(arg, known)];
      return { yes: `${a} ${words[0]} ${b}`, no: `${a} ${words[1]} ${b}` };
    }
  }
  const text = `\`${textOf(node)}\``;
  return { yes: `${text} holds`, no: `${text} does not hold` };
}

/** `has(x) && x ...` says no more to people than `x ...`: what it says where the first part is only that something is given. */
export function absentWords(guard: string, { no, yes }: Said): Said | null {
  const noun = /^(the .*) (?:is|are) given$/.exec(guard)?.[1];
  if (noun === undefined) return null;
  const isAbout =
    yes.includes(noun) || (noun === "the resource's labels" && yes.startsWith("the resource is labelled"));
  return isAbout || (noun === "the resource's patients" && yes.startsWith("the resource is of")) ? { no, yes } : null;
}
