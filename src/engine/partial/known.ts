import type { PartialFacts } from "../../domain/decisions/engine.ts";
import { Unknown } from "../../domain/decisions/partial.ts";

/**
 * What is known of a variable of a condition, or of a member of one. `absent` is known not to be there; `unknown` is
 * anything but the texts in `not`, and, unless `present`, may not be there; `members` is a map that is there (unless
 * it `mayBeAbsent`) and of which some members are known; `others` says what the rest are.
 */
export type Known =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "absent" }
  | { readonly is: "unknown"; readonly present: boolean; readonly not: readonly string[] }
  | {
      readonly is: "members";
      readonly members: ReadonlyMap<string, Known>;
      readonly others: "absent" | "unknown";
      readonly mayBeAbsent: boolean;
    };

export type Path = readonly string[];

const ABSENT: Known = { is: "absent" };
const ANYTHING: Known = { is: "unknown", present: false, not: [] };
export const value = (of: unknown): Known => ({ is: "value", value: of });

const knownOf = (given: unknown): Known => {
  if (given instanceof Unknown) return { is: "unknown", present: false, not: given.not };
  return given === null || given === undefined ? ABSENT : value(given);
};

/** An object of a request, member by member. It may be absent itself if nothing of it is known. */
function membersOf(object: object | null | Unknown): Known {
  if (object === null || object instanceof Unknown) return knownOf(object);
  const members = new Map(Object.entries(object).map(([name, given]) => [name, knownOf(given)] as const));
  const mayBeAbsent = [...members.values()].every((member) => member.is === "unknown");
  return { is: "members", members, others: "absent", mayBeAbsent };
}

/** The variables of a condition (docs/decisions.md), as far as they are known. */
export function knownVariables({ request, client, now }: PartialFacts, action: string, scope: string): Known {
  const variables: readonly (readonly [string, Known])[] = [
    ["action", value(action)],
    ["scope", value(scope)],
    ["now", value(new Date(now))],
    ["client", value(client.name === null ? { id: client.id } : client)],
    ["subject", membersOf(request.subject)],
    ["resource", membersOf(request.resource)],
    ["purposeOfUse", knownOf(request.purposeOfUse)],
    ["context", membersOf(request.context)],
  ];
  return { is: "members", members: new Map(variables), others: "absent", mayBeAbsent: false };
}

/**
 * What is known at a path. Within a value that is known as a whole everything is known, an error included, so the
 * value itself answers; likewise absence for all that is below it.
 */
export function lookUp(known: Known, path: Path): Known {
  let at = known;
  for (const name of path) {
    if (at.is === "value" || at.is === "absent") return at;
    if (at.is === "unknown") return ANYTHING;
    at = at.members.get(name) ?? (at.others === "absent" ? ABSENT : ANYTHING);
  }
  return at;
}

/** The same knowledge with one more piece: what stands at the path. Whatever leads there is then there. */
export function learn(known: Known, path: Path, piece: Known): Known {
  const [name, ...rest] = path;
  if (name === undefined) return piece;
  const map =
    known.is === "members"
      ? known
      : { is: "members" as const, members: new Map<string, Known>(), others: "unknown" as const };
  const below = map.members.get(name) ?? ANYTHING;
  return { ...map, mayBeAbsent: false, members: new Map([...map.members, [name, learn(below, rest, piece)]]) };
}

export function isWhole(known: Known): boolean {
  if (known.is !== "members") return known.is !== "unknown";
  return known.others === "absent" && !known.mayBeAbsent && [...known.members.values()].every(isWhole);
}

/** The known part as CEL sees it: what is unknown is left out, so only expressions that don't touch it may be asked. */
export function plain(known: Known): unknown {
  if (known.is === "value") return known.value;
  if (known.is !== "members") return undefined;
  const object: Record<string, unknown> = {};
  for (const [name, member] of known.members) {
    const of = plain(member);
    if (of !== undefined) object[name] = of;
  }
  return object;
}
