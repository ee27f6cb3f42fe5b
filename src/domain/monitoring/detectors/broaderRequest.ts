import type { Atom } from "../../scopes/atom.ts";
import { uncovered } from "../../scopes/cover.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { clientOf, EVERYBODY } from "../baselines/entities.ts";
import { lastSeen, type Seen, withSeen } from "../baselines/seen.ts";
import { counted, told } from "../baselines/sentence.ts";
import { dayOf } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector, type Unusual } from "./defineDetector.ts";
import { isFreshlyWidened } from "./novelty.ts";

/** A SMART scope, and the day on which it was asked for last. */
type Asked = { readonly scope: string; readonly day: number };
/** Of a client. */
type Own = {
  readonly since: number;
  readonly asked: readonly Asked[];
  /** What was told, and is not known yet. */
  readonly fresh: readonly Asked[];
  /** Lists of scopes that held nothing new on that day, by code. */
  readonly lists: Seen;
};
/** Of all clients: the scopes they ask for, and those of late. */
type OfAll = { readonly scopes: Seen };

/** Characters of what is kept; `OVERHEAD` is what one scope takes beside its text. */
const MOST_ASKED = 1_400;
const MOST_FRESH = 350;
const OVERHEAD = 26;
const MOST_LISTS = 16;
const MOST_OF_ALL = 300;
/** A longer scope is compared by its text alone, and has no part in the union. */
const LONGEST_SCOPE = 200;
const MOST_OF_ONE = 50;
const YOUNG_DAYS = 7;
/** What was told is usual so many days later: by then people have seen it. */
const QUARANTINE_DAYS = 7;
const KNOWN_TO_OTHERS = 0.5;

/** Scopes that are parsed; those over all types come first, and of the others the first that were named. */
const MOST_PARSED = 100;
const isSmart = (scope: string): boolean => parseSmartScope(scope) !== null;

/** Those that may be SMART scopes, by a look at their text. */
function likelyOf({ scopesAsked }: WatchedDecision): readonly string[] {
  const likely = (scopesAsked ?? []).filter((scope) => scope.includes("/"));
  if (likely.length <= MOST_PARSED) return likely;
  const overAll = likely.filter((scope) => scope.includes("/*."));
  return [...overAll, ...likely.filter((scope) => !scope.includes("/*."))].slice(0, MOST_PARSED);
}
const asksSmart = (decision: WatchedDecision): boolean => likelyOf(decision).some(isSmart);
function smartScopesOf(decision: WatchedDecision): readonly string[] {
  const all = likelyOf(decision).filter(isSmart);
  return all.length > MOST_OF_ONE ? all.slice(0, MOST_OF_ONE) : all;
}
/** How far atoms reach at most: one patient, what a person may see, everything. */
const REACH: { readonly [context in Atom["context"]]: number } = { PATIENT: 1, ANY: 1, USER: 2, SYSTEM: 3 };
const reachOf = (atoms: readonly Atom[]): number => Math.max(0, ...atoms.map(({ context }) => REACH[context]));

const atomsOf = (scope: string): readonly Atom[] => parseSmartScope(scope)?.atoms ?? [];

/** With a scope as asked for on a day; of too many those not asked for the longest go. */
function withAsked(
  asked: readonly Asked[],
  scope: string,
  { day, most }: { readonly day: number; readonly most: number },
): readonly Asked[] {
  if (scope.length > LONGEST_SCOPE) return asked;
  const others = asked.filter((one) => one.scope !== scope).toSorted((a, b) => b.day - a.day);
  let size = 0;
  return [{ scope, day }, ...others].filter((one) => {
    size += one.scope.length + OVERHEAD;
    return size <= most;
  });
}

/** With what was told a week ago among what is known. */
function onDay(own: Own, day: number): Own {
  const usual = own.fresh.filter((one) => day - one.day >= QUARANTINE_DAYS);
  if (usual.length === 0) return own;
  const asked = usual.reduce((all, one) => withAsked(all, one.scope, { day: one.day, most: MOST_ASKED }), own.asked);
  return { ...own, asked, fresh: own.fresh.filter((one) => !usual.includes(one)) };
}

interface Broader {
  readonly scopes: readonly string[];
  readonly atoms: readonly Atom[];
  readonly isFirstWildcard: boolean;
  readonly isFirstWrite: boolean;
  /** It reaches beyond one patient at a time, or beyond what a person may see, for the first time. */
  readonly isFirstReach: boolean;
}

/** What an atom lets somebody do to how much that is sensitive: 1 is to read one type of a patient's data. */
function weightOf({ action, constraint, resourceType }: Atom): number {
  const reach = resourceType === "*" ? 10 : isSharedType(resourceType) ? 0.2 : 1;
  const harm = action === "read" || action === "search" ? 0.5 : action === "create" ? 1 : 2;
  return reach * harm * (constraint.length === 0 ? 1 : 0.5);
}

const isWrite = ({ action }: Atom): boolean => action === "create" || action === "update" || action === "delete";
const isWildcard = ({ resourceType }: Atom): boolean => resourceType === "*";

/** What is asked for beyond all that was asked for within the days, by the scope algebra. */
function broaderThan(
  own: Own,
  scopes: readonly string[],
  { day, days }: { readonly day: number; readonly days: number },
): Broader {
  const knownAtoms = [...own.asked, ...own.fresh]
    .filter((one) => day - one.day <= days)
    .flatMap((one) => atomsOf(one.scope));
  const isKnown = (scope: string): boolean => {
    const last = scope.length > LONGEST_SCOPE ? lastSeen(own.lists, scope) : null;
    return last !== null && day - last <= days;
  };
  const beyond = scopes
    .map((scope) => ({ scope, atoms: atomsOf(scope).filter((atom) => uncovered(knownAtoms, atom) !== null) }))
    .filter(({ scope, atoms }) => atoms.length > 0 && !isKnown(scope));
  const atoms = beyond.flatMap((one) => one.atoms);
  return {
    scopes: beyond.map(({ scope }) => scope),
    atoms,
    isFirstWildcard: atoms.some(isWildcard) && !knownAtoms.some(isWildcard),
    isFirstWrite: atoms.some(isWrite) && !knownAtoms.some(isWrite),
    isFirstReach: knownAtoms.length > 0 && reachOf(atoms) > reachOf(knownAtoms),
  };
}

type Name = "days" | "pointsPerWeight" | "firstPoints" | "reachPoints";

function unusualOf(
  client: string,
  broader: Broader,
  about: {
    readonly isYoung: boolean;
    readonly others: number;
    readonly parameters: { readonly [name in Name]: number };
  },
): Unusual {
  const { isYoung, others, parameters } = about;
  const weight = broader.atoms.reduce((sum, atom) => sum + weightOf(atom), 0);
  const firsts = (broader.isFirstWildcard ? 1 : 0) + (broader.isFirstWrite ? 1 : 0);
  const isKnown = others === broader.scopes.length;
  const points =
    (weight * parameters.pointsPerWeight + firsts * parameters.firstPoints) * (isKnown ? KNOWN_TO_OTHERS : 1) +
    // That others reach so far makes it no smaller a step for this one.
    (broader.isFirstReach ? parameters.reachPoints : 0);
  const [first = ""] = broader.scopes;
  const more = broader.scopes.length > 1 ? ` and ${counted(broader.scopes.length - 1, "more scope")}` : "";
  const what = [
    broader.isFirstWildcard ? "all types of data" : "",
    broader.isFirstWrite ? "changing data" : "",
    broader.isFirstReach ? "data of more people" : "",
  ].filter((each) => each !== "");
  const firstly = what.length === 0 ? "" : `, for the first time ${what.join(" and ")}`;
  return {
    severity: isYoung ? "INFO" : points >= 50 ? "MEDIUM" : "LOW",
    points,
    sentence: `${client} asked for ${first}${more}, which is beyond all it asked for in ${told(parameters.days)} days${firstly}; ${isKnown ? "other clients ask for the same" : "no other client asks for the same"}.`,
  };
}

/** A client asks for more than it did: what is asked for without what was asked for, by the scope algebra. */
export const broaderRequest = defineDetector<Own | OfAll, Name>({
  code: "BROADER_REQUEST",
  title: "Asked for more than ever before",
  compares:
    "The SMART scopes that a client asks for, or has in its token, with the union of all it asked for within some days, and with what other clients ask for.",
  parameters: {
    days: {
      default: 90,
      minimum: 7,
      maximum: 400,
      description: "Days for which a scope that was asked for is remembered.",
    },
    pointsPerWeight: {
      default: 15,
      minimum: 0,
      maximum: 100,
      description:
        "Points for each read and search of one more type of a patient's data; writing is two to four times as much, all types ten times.",
    },
    firstPoints: {
      default: 30,
      minimum: 0,
      maximum: 100,
      description: "Points more for the first scope over all types, and for the first that changes data.",
    },
    reachPoints: {
      default: 70,
      minimum: 0,
      maximum: 100,
      description:
        "Points more for the first scope that reaches further: `user/` or `system/` where all were `patient/`, `system/` where all were `user/`.",
    },
  },
  entitiesOf: (decision) => (asksSmart(decision) ? [clientOf(decision), EVERYBODY] : []),
  alsoReads: (decision) => (asksSmart(decision) ? [clientOf(decision), EVERYBODY] : []),
  observe({ entity, own, decision, parameters, peer }) {
    const scopes = smartScopesOf(decision);
    const day = dayOf(decision.at);
    if (entity.kind === "ROLE") {
      // Only what a client is known for counts: a scope that was told makes no other client's request usual.
      const asked = (peer(clientOf(decision)) as Own | null)?.asked ?? [];
      const known = (own as OfAll | null)?.scopes ?? "";
      let all = known;
      for (const scope of scopes)
        if (asked.some((one) => one.scope === scope)) all = withSeen(all, scope, { day, most: MOST_OF_ALL });
      return { baseline: own !== null && all === known ? own : { scopes: all }, unusual: null };
    }
    const before = onDay((own as Own | null) ?? { since: day, asked: [], fresh: [], lists: "" }, day);
    const list = scopes.join(" ");
    if (lastSeen(before.lists, list) === day) return { baseline: before, unusual: null };
    const lists = [list, ...scopes.filter((scope) => scope.length > LONGEST_SCOPE)].reduce(
      (seen, text) => withSeen(seen, text, { day, most: MOST_LISTS }),
      before.lists,
    );
    const within = { day, days: parameters.days };
    const broader = broaderThan(before, scopes, within);
    const age = day - before.since;
    const learns = (more: readonly string[]) =>
      more.reduce((known, scope) => withAsked(known, scope, { day, most: MOST_ASKED }), before.asked);
    if (broader.scopes.length === 0 || age <= 0) {
      // What was told is not usual yet, though it is not told again.
      const told = age < YOUNG_DAYS ? [] : broaderThan({ ...before, fresh: [] }, scopes, within).scopes;
      const usual = scopes.filter((scope) => !told.includes(scope));
      return { baseline: { ...before, lists, asked: learns(usual) }, unusual: null };
    }
    const all = (peer(EVERYBODY) as OfAll | null)?.scopes ?? "";
    const others = broader.scopes.filter(
      (scope) => day - (lastSeen(all, scope) ?? -Infinity) <= parameters.days,
    ).length;
    const isYoung = age < YOUNG_DAYS || isFreshlyWidened(decision);
    const unusual = unusualOf(entity.id, broader, { isYoung, others, parameters });
    if (age < YOUNG_DAYS) return { baseline: { ...before, lists, asked: learns(scopes) }, unusual };
    const fresh = broader.scopes.reduce(
      (known, scope) => withAsked(known, scope, { day, most: MOST_FRESH }),
      before.fresh,
    );
    return { baseline: { ...before, lists, fresh }, unusual };
  },
});
