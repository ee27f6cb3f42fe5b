import type { Mismatch } from "../scopes/match.ts";
import type { Reason, ReasonCode } from "./reason.ts";
import { type DenialCode, isDenial } from "./reasonKinds.ts";

/** Reasons that a decision keeps. How many there were is told beside them. */
const MOST_REASONS = 16;
/** Characters of all of them together, about; and of those that are told of each scope of a token. */
const MOST_CHARACTERS = 4_600;
const MOST_DETAIL_CHARACTERS = 10_000;
/** So few that they are kept, unless they are about scopes of great length. */
const FEW = 4;
const GREAT_LENGTH = 512;

/** The scope is for something else: it tells least of why this was denied. */
const ELSEWHERE: ReadonlySet<Mismatch["because"]> = new Set(["ACTION", "TYPE", "NO_ATOMS", "NO_TYPE"]);
/** What a scope lacks with a reason; QUESTION: the question is refused, whatever scopes come with it. */
const LACKS: {
  readonly [Code in DenialCode]: "QUESTION" | "SCOPE" | "HOLDING" | "COVERAGE" | "RULE" | "NO_DENIAL" | "CONSENT";
} = {
  UNKNOWN_CLIENT: "QUESTION",
  CLIENT_SUSPENDED: "QUESTION",
  SUSPENDED_FOR_REVIEW: "QUESTION",
  FACTS_DISAGREE: "QUESTION",
  PURPOSE_REQUIRED: "QUESTION",
  NO_SCOPES: "QUESTION",
  UNKNOWN_SCOPE: "SCOPE",
  SCOPE_NOT_ACTIVE: "HOLDING",
  SCOPE_RETIRED: "HOLDING",
  SCOPE_NOT_GRANTED: "HOLDING",
  SCOPE_DOES_NOT_COVER: "COVERAGE",
  NO_MATCHING_RULE: "RULE",
  DENIED_BY_RULE: "NO_DENIAL",
  CONSENT_REQUIRED: "CONSENT",
  CONSENT_REFUSED: "CONSENT",
  CONSENT_WITHDRAWN: "CONSENT",
  CONSENT_EXPIRED: "CONSENT",
  CONSENT_OTHER_PURPOSE: "CONSENT",
  CONSENT_OTHER_RECIPIENT: "CONSENT",
  CONSENT_DATA_EXCEPTED: "CONSENT",
  BREAK_GLASS_REQUIRED: "CONSENT",
};
/** Why consent is not there, or withholds. */
export const isConsentCode = (code: ReasonCode): boolean => isDenial(code) && LACKS[code] === "CONSENT";

/**
 * How far a scope with these reasons is from being enough, 0 being the least: it lacks consent; a rule denies it; a
 * condition does not hold; no rule of the roles allows it; it does not reach this resource; it is not held, or not in
 * force; it is for another action or type; both; there is no such scope. What passed every stage comes last.
 */
function distanceOf(reasons: readonly Reason[]): number {
  let denied = false;
  let lacksConsent = false;
  let notHeld = false;
  let misses: "HERE" | "ELSEWHERE" | null = null;
  for (const { code, parameters } of reasons as readonly (Reason & { readonly parameters?: unknown })[]) {
    const lack = isDenial(code) ? LACKS[code] : null;
    if (lack === "SCOPE") return 9;
    if (code === "NO_MATCHING_RULE")
      // What takes an emergency is no nearer than a role that is not held.
      return (parameters as Reason<"NO_MATCHING_RULE">["parameters"]).unmet.some((way) => !way.inEmergency) ? 2 : 3;
    if (lack === "NO_DENIAL") denied = true;
    else if (lack === "CONSENT") lacksConsent = true;
    else if (lack === "HOLDING") notHeld = true;
    else if (code === "SCOPE_DOES_NOT_COVER") {
      const { why } = parameters as Reason<"SCOPE_DOES_NOT_COVER">["parameters"];
      misses = ELSEWHERE.has(why.because) ? "ELSEWHERE" : "HERE";
    }
  }
  if (denied) return 1;
  if (lacksConsent) return 0;
  if (misses === "ELSEWHERE") return notHeld ? 8 : 7;
  if (misses === "HERE") return notHeld ? 6 : 4;
  return notHeld ? 5 : 10;
}

/** The same kinds together, in the order of the first of each. */
function byKind(reasons: readonly Reason[]): readonly (readonly Reason[])[] {
  const kinds = new Map<ReasonCode, Reason[]>();
  for (const reason of reasons) {
    const same = kinds.get(reason.code);
    if (same === undefined) kinds.set(reason.code, [reason]);
    else same.push(reason);
  }
  return [...kinds.values()];
}

/**
 * Why not, for a person: the reasons of the scope that got furthest first, then those of the same kind. `lists` has one
 * list for each scope; scopes that got equally far stay in their order.
 */
export function nearestFirst(lists: readonly (readonly Reason[])[]): readonly Reason[] {
  const [only] = lists;
  if (only === undefined) return [];
  if (lists.length === 1) return only.length < 3 ? only : byKind(only).flat();
  const scopes = lists.map((reasons) => ({ reasons, distance: distanceOf(reasons) }));
  scopes.sort((a, b) => a.distance - b.distance);
  return byKind(scopes.flatMap(({ reasons }) => reasons)).flat();
}

/** Adds to a reason what is said of those alone that are kept. */
type Finish = (reason: Reason) => Reason;

/** The characters of a value's texts, and a little for each member. */
function charactersOf(value: unknown): number {
  if (typeof value === "string") return value.length + 4;
  if (typeof value !== "object" || value === null) return 8;
  let sum = 2;
  for (const name in value)
    sum += name.length + 4 + charactersOf((value as { readonly [name: string]: unknown })[name]);
  return sum;
}

/**
 * Of each list the first reason, and then the next of each in turn, so that a long list hides no other; at least one, and
 * as many as the bounds allow.
 */
function takenInTurn(
  lists: readonly (readonly Reason[])[],
  bounds: { readonly reasons: number; readonly characters: number },
  finish: Finish = (reason) => reason,
): ReadonlyMap<Reason, Reason> {
  const taken = new Map<Reason, Reason>();
  let characters = 0;
  let more = true;
  for (let turn = 0; more; turn++) {
    more = false;
    for (const list of lists) {
      const reason = list[turn];
      if (reason === undefined) continue;
      if (taken.size >= bounds.reasons) return taken;
      const finished = finish(reason);
      characters += charactersOf(finished);
      if (characters > bounds.characters && taken.size > 0) return taken;
      taken.set(reason, finished);
      more = true;
    }
  }
  return taken;
}

const isLong = ({ scope }: Reason): boolean => scope !== null && scope.length > GREAT_LENGTH;

/**
 * As many reasons as a decision keeps, in their order, some of each kind; of these what costs too much to say of all is added. The
 * first that marks an emergency is kept beside the others, however long they are.
 */
export function keptReasons(reasons: readonly Reason[], finish: Finish = (reason) => reason): readonly Reason[] {
  if (reasons.length < 2 || (reasons.length <= FEW && !reasons.some(isLong))) return reasons.map(finish);
  const mark = reasons.find(({ code }) => code === "BREAK_GLASS");
  const others = mark === undefined ? reasons : reasons.filter((each) => each !== mark);
  const most = mark === undefined ? MOST_REASONS : MOST_REASONS - 1;
  const kept = takenInTurn(byKind(others), { reasons: most, characters: MOST_CHARACTERS }, finish);
  return reasons.flatMap((each) => (each === mark ? finish(each) : (kept.get(each) ?? [])));
}

/** The reasons of each scope of a token, as many as its record keeps: of each scope the first, if there is room. */
export function keptDetails<Detail extends { readonly reasons: readonly Reason[] }>(
  details: readonly Detail[],
): readonly Detail[] {
  const lists = details.map(({ reasons }) => reasons);
  const kept = takenInTurn(lists, { reasons: Number.POSITIVE_INFINITY, characters: MOST_DETAIL_CHARACTERS });
  return details.map((detail) =>
    detail.reasons.every((each) => kept.has(each))
      ? detail
      : { ...detail, reasons: detail.reasons.filter((each) => kept.has(each)) },
  );
}

/**
 * Whether reasons of a token's scopes may have been left out of what its record keeps. What is left out is about as long as the
 * first reason of its scope, so that then at least half of the room is taken.
 */
export const areCut = (details: readonly { readonly reasons: readonly Reason[] }[]): boolean =>
  charactersOf(details.map(({ reasons }) => reasons)) > MOST_DETAIL_CHARACTERS / 2;
