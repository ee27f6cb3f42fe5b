import type { ASTNode } from "@marcbachmann/cel-js";
import type { ConditionTells } from "../domain/decisions/ruleEngine.ts";
import { attributeTells, isDayOrMore, saysWhen } from "../domain/directory/identifying.ts";
import { parseSmartScope } from "../domain/scopes/smart.ts";
import { namesOne } from "../domain/simulation/namesOne.ts";
import { LOOPS, nodesIn, pathOf } from "./celExpression.ts";
import { parseCondition } from "./conditionCheck.ts";
import type { OfMembers } from "./conditionMembers.ts";

/**
 * What an expression stands for. `identity`: what the request says, or the directory knows of its subject and resource, that names people,
 * a resource, an address, a device or a moment, or a list of that. `value`: all else; it may be what the author of the condition, of the policy or of
 * the directory wrote, and tells nothing of an identity. Null: an identity meets a value.
 */
type Kind = "identity" | "value" | null;

const MEMBERS = {
  subject: { id: "identity", type: "value", organization: "value", attributes: "attributes" },
  // A client is named by the policy.
  client: { id: "value", name: "value" },
  resource: {
    type: "value",
    id: "identity",
    patient: "identity",
    patients: "identity",
    organization: "value",
    labels: "value",
    attributes: "attributes",
  },
  context: {
    patient: "identity",
    ipAddress: "identity",
    region: "value",
    userAgent: "identity",
    tokenId: "identity",
    attributes: "attributes",
  },
} as const satisfies OfMembers<Kind | "attributes">;
const members = new Map(
  Object.entries(MEMBERS).map(([name, kinds]) => [name, new Map<string, Kind | "attributes">(Object.entries(kinds))]),
);
/** A place in a condition. */
interface Place {
  /** The names that the condition itself gives to values. */
  readonly own: ReadonlyMap<string, Kind>;
  /** Notes that the condition asks what is so of people: whether identities meet, or what names people is there. */
  readonly asksOfPeople: () => void;
}
type Own = Place["own"];

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
/** Its hours begin where those of UTC do: by zones in which they don't, two hours that overlap are a part of one. */
function isOfWholeHours(timeZone: string): boolean {
  const minute = new Intl.DateTimeFormat("en", { timeZone, minute: "numeric" });
  return [0, 6].every((month) => Number(minute.format(Date.UTC(2026, month, 1))) === 0);
}
const WHOLE_DAY = /^\d{4}-\d\d-\d\dT00:00(?::00(?:\.0+)?)?Z$/;
const BEFORE_OR_AFTER: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

const isNow = (node: ASTNode | undefined, own: Own): boolean =>
  node?.op === "id" && node.args === "now" && !own.has("now");
const isText = (node: ASTNode | undefined, form: RegExp): boolean =>
  node?.op === "value" && typeof node.args === "string" && form.test(node.args);
const isZoneOfHours = (node: ASTNode): boolean => isText(node, ZONE) && isOfWholeHours(String(node.args));
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
    return HOURS_AND_MORE.has(name) && isNow(receiver, own) && zones.every(isZoneOfHours);
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
  if (kinds === undefined) return "value";
  const kind = member === undefined ? null : (kinds.get(member) ?? null);
  // A whole object, or all attributes, holds identities among the rest.
  if (kind !== "attributes") return attribute === undefined ? kind : null;
  if (attribute === undefined) return null;
  if (attributeTells(attribute) === "NOBODY") return saysWhen(attribute) ? "identity" : "value";
  return rest.length === 0 ? "identity" : null;
}

/** Whether something is there tells nothing of whose it is, unless its name may be an id; of an attribute that names people, what they are. */
function presence([node]: readonly ASTNode[], { asksOfPeople, own }: Place): Kind {
  const [root, , attribute, ...rest] = (node === undefined ? null : pathOf(node)) ?? [];
  if (root === undefined) return null;
  if (own.has(root)) return own.get(root) === "identity" ? null : "value";
  if (attribute === undefined) return "value";
  const tells = attributeTells(attribute);
  if (tells === "NOBODY") return "value";
  if (tells !== "PEOPLE" || rest.length > 0) return null;
  asksOfPeople();
  return "value";
}

/** Two sides that are compared for being the same, or one among the other: what an identity meets is another, as all else may be somebody's wording of one. */
function compared(one: Kind, other: Kind, { asksOfPeople }: Place): Kind {
  if (one === null || other === null || one !== other) return null;
  if (one === "identity") asksOfPeople();
  return "value";
}

/** Expressions of which nothing is known but that they may depend on all of their parts. */
const computed = (kinds: readonly Kind[]): Kind =>
  kinds.every((kind) => kind !== null && kind !== "identity") ? "value" : null;

function listOf(kinds: readonly Kind[]): Kind {
  if (!kinds.includes("identity")) return computed(kinds);
  return kinds.every((kind) => kind === "identity") ? "identity" : null;
}

/** A macro that gives a name to each element of a list, to each key of a map, or, `bind`, to a value. */
function named(value: Kind, name: ASTNode | undefined, body: readonly ASTNode[], place: Place): Kind {
  if (value === null || name?.op !== "id") return null;
  // Whether there is anything in it comes out, whatever the body says.
  if (value === "identity") place.asksOfPeople();
  const inner = { ...place, own: new Map(place.own).set(name.args, value) };
  return computed(body.map((part) => kindOf(part, inner)));
}

function kindOf(node: ASTNode, place: Place): Kind {
  const { own } = place;
  const path = pathOf(node);
  if (path !== null) return kindAt(path, own);
  if (asksOfHours(node, own) || asksOfDays(node, own) || asksWhichScope(node, own)) return "value";
  switch (node.op) {
    case "==":
    case "!=":
    case "in":
      return compared(kindOf(node.args[0], place), kindOf(node.args[1], place), place);
    case "list":
      return listOf(node.args.map((part) => kindOf(part, place)));
    case "call":
      if (node.args[0] === "has") return presence(node.args[1], place);
      break;
    case "rcall": {
      const [name, receiver, [first, ...rest]] = node.args;
      if (name === "bind")
        return rest[0] === undefined ? null : named(kindOf(rest[0], place), first, rest.slice(1), place);
      if (!LOOPS.has(name)) break;
      const value = kindOf(receiver, place);
      // What comes of `map` and `filter` is as long as what they were given.
      return value === "identity" && (name === "map" || name === "filter") ? null : named(value, first, rest, place);
    }
  }
  return computed([...nodesIn(node.args)].map((part) => kindOf(part, place)));
}

/**
 * What a condition tells: `WHOSE` past decisions are where it lets what names a patient, a resource, a subject, an address, a device or a moment
 * meet anything but another identity of the same request. What can't be read is such a condition.
 */
export function conditionTells(when: string): ConditionTells {
  let ofPeople = false;
  const asksOfPeople = (): void => {
    ofPeople = true;
  };
  try {
    const kind = kindOf(parseCondition(when), { own: new Map(), asksOfPeople });
    if (kind === null || kind === "identity") return "WHOSE";
    return ofPeople ? "PEOPLE" : "NOBODY";
  } catch {
    return "WHOSE";
  }
}
