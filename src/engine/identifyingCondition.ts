import type { ASTNode } from "@marcbachmann/cel-js";
import { attributeTells, isDayOrMore, saysWhen } from "../domain/directory/identifying.ts";
import { parseSmartScope } from "../domain/scopes/smart.ts";
import { namesOne } from "../domain/simulation/namesOne.ts";
import { LOOPS, nodesIn, pathOf } from "./celExpression.ts";
import { parseCondition } from "./conditionCheck.ts";
import type { OfMembers } from "./conditionMembers.ts";

/**
 * What an expression stands for. `identity`: what the request says, or the directory knows of its subject and resource, that names people,
 * a resource, an address, a device or a moment, or a list of that. `fact`: anything else that the request says. `value`: all else; it may be what the author
 * of the condition, or of the policy, wrote, and tells nothing of an identity. Null: an identity meets a value.
 */
type Kind = "identity" | "fact" | "value" | null;

const MEMBERS = {
  subject: { id: "identity", type: "fact", organization: "fact", attributes: "attributes" },
  // A client is named by the policy.
  client: { id: "fact", name: "value" },
  resource: {
    type: "fact",
    id: "identity",
    patient: "identity",
    patients: "identity",
    organization: "fact",
    labels: "fact",
    attributes: "attributes",
  },
  context: {
    patient: "identity",
    ipAddress: "identity",
    region: "fact",
    userAgent: "identity",
    tokenId: "identity",
    attributes: "attributes",
  },
} as const satisfies OfMembers<Kind | "attributes">;
const members = new Map(
  Object.entries(MEMBERS).map(([name, kinds]) => [name, new Map<string, Kind | "attributes">(Object.entries(kinds))]),
);
/** The names that the condition itself gives to values. */
type Own = ReadonlyMap<string, Kind>;

const FACTS: ReadonlySet<string> = new Set(["action", "purposeOfUse"]);

/** What of the time many decisions have in common: no less than an hour of it. */
const HOURS_AND_MORE: ReadonlySet<string> = new Set([
  "getHours",
  "getDate",
  "getDayOfMonth",
  "getDayOfWeek",
  "getDayOfYear",
  "getMonth",
  "getFullYear",
]);
/** A time zone by its name: by an offset to the minute somebody could ask for a minute. */
const ZONE = /^[A-Za-z_]+(?:\/[A-Za-z_]+)*$/;
const WHOLE_DAY = /^\d{4}-\d\d-\d\dT00:00(?::00(?:\.0+)?)?Z$/;
const BEFORE_OR_AFTER: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

const isNow = (node: ASTNode | undefined, own: Own): boolean =>
  node?.op === "id" && node.args === "now" && !own.has("now");
const isText = (node: ASTNode | undefined, form: RegExp): boolean =>
  node?.op === "value" && typeof node.args === "string" && form.test(node.args);
const isWholeDay = (node: ASTNode): boolean =>
  node.op === "call" && node.args[0] === "timestamp" && node.args[1].length === 1 && isText(node.args[1][0], WHOLE_DAY);

const isOpenScope = (node: ASTNode): boolean =>
  node.op === "value" && typeof node.args === "string" && !namesOne(parseSmartScope(node.args)?.atoms ?? []);
const isScope = (node: ASTNode, own: Own): boolean => node.op === "id" && node.args === "scope" && !own.has("scope");

/** Whether it asks which scope it is, by the names of such as ask for nobody: a scope that was presented may name a patient. */
function asksWhichScope(node: ASTNode, own: Own): boolean {
  if (node.op !== "==" && node.op !== "!=" && node.op !== "in") return false;
  const [one, other] = node.args;
  if (node.op === "in") return isScope(one, own) && other.op === "list" && other.args.every(isOpenScope);
  return (isScope(one, own) && isOpenScope(other)) || (isScope(other, own) && isOpenScope(one));
}

const COMPARED: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Whether it compares an attribute that says when with a day, a month or a year. */
function asksOfDays({ args, op }: ASTNode, own: Own): boolean {
  if (!COMPARED.has(op)) return false;
  const saysWhichDay = (node: ASTNode): boolean => {
    const [root = "", member, attribute, ...rest] = pathOf(node) ?? [];
    return !own.has(root) && member === "attributes" && rest.length === 0 && saysWhen(attribute ?? "");
  };
  const isDay = (node: ASTNode): boolean =>
    node.op === "value" && typeof node.args === "string" && isDayOrMore(node.args);
  const [one, other] = args as readonly [ASTNode, ASTNode];
  return (saysWhichDay(one) && isDay(other)) || (saysWhichDay(other) && isDay(one));
}

/** Whether it asks of the time alone, and no more closely than by the hour, or by which day (UTC) it is. */
function asksOfHours(node: ASTNode, own: Own): boolean {
  if (node.op === "rcall") {
    const [name, receiver, zones] = node.args;
    return HOURS_AND_MORE.has(name) && isNow(receiver, own) && zones.every((zone) => isText(zone, ZONE));
  }
  if (!BEFORE_OR_AFTER.has(node.op)) return false;
  const [one, other] = node.args as readonly [ASTNode, ASTNode];
  return (isNow(one, own) && isWholeDay(other)) || (isNow(other, own) && isWholeDay(one));
}

/** What stands at a path. What lies within an identity may be a map whose keys are ids. */
function kindAt([root = "", member, attribute, ...rest]: readonly string[], own: Own): Kind {
  const given = own.get(root);
  if (given !== undefined) return given === "identity" && member !== undefined ? null : given;
  const kinds = members.get(root);
  // A moment is as good as a name to who knows when somebody was looked at.
  if (root === "now") return "identity";
  if (root === "scope") return null;
  if (kinds === undefined) return FACTS.has(root) ? "fact" : "value";
  const kind = member === undefined ? null : (kinds.get(member) ?? null);
  // A whole object, or all attributes, holds identities among the rest.
  if (kind !== "attributes") return attribute === undefined ? kind : null;
  if (attribute === undefined) return null;
  if (attributeTells(attribute) === "NOBODY") return saysWhen(attribute) ? "identity" : "fact";
  return rest.length === 0 ? "identity" : null;
}

/** Whether something is there tells nothing of whose it is, unless its name may be an id. */
function presence([node]: readonly ASTNode[], own: Own): Kind {
  const [root, , attribute, ...rest] = (node === undefined ? null : pathOf(node)) ?? [];
  if (root === undefined) return null;
  if (own.has(root)) return own.get(root) === "identity" ? null : "value";
  if (attribute === undefined) return "value";
  const tells = attributeTells(attribute);
  return tells === "NOBODY" || (tells === "PEOPLE" && rest.length === 0) ? "value" : null;
}

/** Two sides that are compared for being the same, or one among the other. */
function compared(one: Kind, other: Kind): Kind {
  if (one === null || other === null) return null;
  return (one === "identity" && other === "value") || (one === "value" && other === "identity") ? null : "value";
}

/** Expressions of which nothing is known but that they may depend on all of their parts. */
const computed = (kinds: readonly Kind[]): Kind =>
  kinds.every((kind) => kind !== null && kind !== "identity") ? "value" : null;

function listOf(kinds: readonly Kind[]): Kind {
  if (!kinds.includes("identity")) return computed(kinds);
  return kinds.every((kind) => kind === "identity" || kind === "fact") ? "identity" : null;
}

/** A macro that gives a name to each element of a list, to each key of a map, or, `bind`, to a value. */
function named(value: Kind, name: ASTNode | undefined, body: readonly ASTNode[], own: Own): Kind {
  if (value === null || name?.op !== "id") return null;
  const inner = new Map(own).set(name.args, value);
  return computed(body.map((part) => kindOf(part, inner)));
}

function kindOf(node: ASTNode, own: Own): Kind {
  const path = pathOf(node);
  if (path !== null) return kindAt(path, own);
  if (asksOfHours(node, own) || asksOfDays(node, own) || asksWhichScope(node, own)) return "value";
  switch (node.op) {
    case "==":
    case "!=":
    case "in":
      return compared(kindOf(node.args[0], own), kindOf(node.args[1], own));
    case "list":
      return listOf(node.args.map((part) => kindOf(part, own)));
    case "call":
      if (node.args[0] === "has") return presence(node.args[1], own);
      break;
    case "rcall": {
      const [name, receiver, [first, ...rest]] = node.args;
      if (name === "bind") return rest[0] === undefined ? null : named(kindOf(rest[0], own), first, rest.slice(1), own);
      if (!LOOPS.has(name)) break;
      const value = kindOf(receiver, own);
      // What comes of `map` and `filter` is as long as what they were given.
      return value === "identity" && (name === "map" || name === "filter") ? null : named(value, first, rest, own);
    }
  }
  return computed([...nodesIn(node.args)].map((part) => kindOf(part, own)));
}

/**
 * Whether a condition lets what names a patient, a resource, a subject or an address meet anything but another fact of the same request: then
 * past decisions that are asked through it tell whose they are. What can't be read is such a condition.
 */
export function isIdentifying(when: string): boolean {
  try {
    const kind = kindOf(parseCondition(when), new Map());
    return kind === null || kind === "identity";
  } catch {
    return true;
  }
}
