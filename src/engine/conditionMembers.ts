import type { ConditionFacts } from "../domain/decisions/ruleEngine.ts";
import type { RequestContext, Resource, Subject } from "../domain/decisions/types.ts";

/** Types of members, as CEL calls them. Attributes are open: what is in them is known only when they come. */
type MemberType = "string" | "list<string>" | "map<string, dyn>";
const ATTRIBUTES = "map<string, dyn>";

const subject = {
  id: "string",
  type: "string",
  organization: "string",
  attributes: ATTRIBUTES,
} as const satisfies Record<Exclude<keyof Subject, "roles">, MemberType>;
const client = { id: "string", name: "string" } as const satisfies Record<keyof ConditionFacts["client"], MemberType>;
const resource = {
  type: "string",
  id: "string",
  patient: "string",
  patients: "list<string>",
  organization: "string",
  labels: "list<string>",
  attributes: ATTRIBUTES,
} as const satisfies Record<keyof Resource, MemberType>;
const context = {
  patient: "string",
  ipAddress: "string",
  region: "string",
  userAgent: "string",
  tokenId: "string",
  attributes: ATTRIBUTES,
} as const satisfies Record<keyof RequestContext, MemberType>;

const objects = { subject, client, resource, context };
/** What each name and member of a condition is, one entry a member: a new one is asked for. */
export type OfMembers<T> = {
  readonly [Name in keyof typeof objects]: { readonly [M in keyof (typeof objects)[Name]]: T };
};

/** The names in a condition that stand for objects, each with its members. They are always there, if without members. */
export const OBJECTS: ReadonlyMap<string, Readonly<Record<string, MemberType>>> = new Map(Object.entries(objects));

/** The names that stand for values. `purposeOfUse` is absent where the request says none. */
export const VALUES: ReadonlyMap<string, string> = new Map([
  ["action", "string"],
  ["scope", "string"],
  ["purposeOfUse", "string"],
  ["now", "google.protobuf.Timestamp"],
]);

export const NAMES: ReadonlySet<string> = new Set([...OBJECTS.keys(), ...VALUES.keys()]);

/** The type of the member at a path such as `resource.labels`; undefined where there is none. */
export const memberType = ([object, member]: readonly string[]): MemberType | undefined =>
  object === undefined || member === undefined ? undefined : OBJECTS.get(object)?.[member];
