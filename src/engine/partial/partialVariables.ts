import { PartlyKnown, UNKNOWN, Unknown } from "../../domain/decisions/partial.ts";
import type { PartialFacts } from "../../domain/decisions/ruleEngine.ts";

/**
 * What is known of a variable of a condition, or of a member of one. `absent` is known not to be there; `unknown` is
 * anything but the texts in `not` and lists with one of those in `lacks`, and, unless `present`, may not be there; `members` is a map that is there and of
 * which some members are known; `others` says what the rest are.
 */
export type PartialValue =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "absent" }
  | {
      readonly is: "unknown";
      readonly present: boolean;
      readonly not: readonly string[];
      readonly lacks: readonly string[];
    }
  | {
      readonly is: "members";
      readonly members: ReadonlyMap<string, PartialValue>;
      readonly others: "absent" | "unknown";
    };

export type Path = readonly string[];

const ABSENT: PartialValue = { is: "absent" };
const unknownOf = ({ isThere, lacks, not }: Unknown): PartialValue & { readonly is: "unknown" } => ({
  is: "unknown",
  present: isThere,
  not,
  lacks,
});
const ANYTHING: PartialValue = unknownOf(UNKNOWN);
export const knownValue = (of: unknown): PartialValue => ({ is: "value", value: of });

const partialOf = (given: unknown): PartialValue => {
  if (given instanceof PartlyKnown) {
    const members = Object.entries(given.members).map(([name, value]) => [name, knownValue(value)] as const);
    return { is: "members", members: new Map(members), others: "unknown" };
  }
  if (given instanceof Unknown) return unknownOf(given);
  return given === null || given === undefined ? ABSENT : knownValue(given);
};

/** An object of a request, member by member. In a condition it is always there: without members where it was not sent. */
function membersOf(object: object | null | Unknown): PartialValue {
  if (object instanceof Unknown) return { is: "members", members: new Map(), others: "unknown" };
  const members = new Map(Object.entries(object ?? {}).map(([name, given]) => [name, partialOf(given)] as const));
  return { is: "members", members, others: "absent" };
}

/** As `conditionVariables.ts` has them: one patient stands in `patients` too, and the only one of `patients` in `patient`. */
function patientsIn({
  patient,
  patients,
}: PartialFacts["request"]["resource"]): readonly (readonly [string, PartialValue])[] {
  const alone = patients instanceof Unknown ? ANYTHING : partialOf(patients?.length === 1 ? patients[0] : null);
  const all = typeof patient === "string" ? knownValue([patient]) : partialOf(patient) === ABSENT ? ABSENT : ANYTHING;
  return [
    ["patient", patient === null ? alone : partialOf(patient)],
    ["patients", patients === null ? all : partialOf(patients)],
  ];
}

function resourceOf(resource: PartialFacts["request"]["resource"]): PartialValue {
  const known = membersOf(resource);
  return known.is === "members" ? { ...known, members: new Map([...known.members, ...patientsIn(resource)]) } : known;
}

/** What is always there, whether or not it is known. */
const there = (given: unknown): PartialValue =>
  given instanceof Unknown ? { ...unknownOf(given), present: true } : knownValue(given);

/** The variables of a condition (docs/rules.md), as far as they are known. */
export function partialVariables(
  { request, client, now }: PartialFacts,
  action: string | Unknown,
  scope: string | Unknown,
): PartialValue {
  const variables: readonly (readonly [string, PartialValue])[] = [
    ["action", there(action)],
    ["scope", there(scope)],
    ["now", there(now instanceof Unknown ? now : new Date(now))],
    ["client", membersOf(client)],
    ["subject", membersOf(request.subject)],
    ["resource", resourceOf(request.resource)],
    ["purposeOfUse", partialOf(request.purposeOfUse)],
    ["context", membersOf(request.context)],
  ];
  return { is: "members", members: new Map(variables), others: "absent" };
}

/**
 * What is known at a path. Within a value that is known as a whole everything is known, an error included, so the
 * value itself answers; likewise absence for all that is below it.
 */
export function lookUp(known: PartialValue, path: Path): PartialValue {
  let at = known;
  for (const name of path) {
    if (at.is === "value" || at.is === "absent") return at;
    if (at.is === "unknown") return ANYTHING;
    at = at.members.get(name) ?? (at.others === "absent" ? ABSENT : ANYTHING);
  }
  return at;
}

/** The same knowledge with one more piece: what stands at the path. Whatever leads there is then there. */
export function learn(known: PartialValue, path: Path, piece: PartialValue): PartialValue {
  const [name, ...rest] = path;
  if (name === undefined) return piece;
  const map =
    known.is === "members"
      ? known
      : { is: "members" as const, members: new Map<string, PartialValue>(), others: "unknown" as const };
  const below = map.members.get(name) ?? ANYTHING;
  return { ...map, members: new Map([...map.members, [name, learn(below, rest, piece)]]) };
}

export function isFullyKnown(known: PartialValue): boolean {
  if (known.is !== "members") return known.is !== "unknown";
  return known.others === "absent" && [...known.members.values()].every(isFullyKnown);
}

/** The known part as CEL sees it: what is unknown is left out, so only expressions that don't touch it may be asked. */
export function knownPart(known: PartialValue): unknown {
  if (known.is === "value") return known.value;
  if (known.is !== "members") return undefined;
  const object: Record<string, unknown> = {};
  for (const [name, member] of known.members) {
    const of = knownPart(member);
    if (of !== undefined) object[name] = of;
  }
  return object;
}
