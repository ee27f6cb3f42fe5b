import { codeOf, threeDigits } from "../baselines/distinct.ts";
import { EVERYBODY, rolesOf, subjectAndRoles, subjectOf } from "../baselines/entities.ts";
import { countSeen, lastSeen, partedAt, type Seen, withSeen } from "../baselines/seen.ts";
import { counted, told } from "../baselines/sentence.ts";
import { unusualFrom } from "../baselines/tails.ts";
import { dayOf, startOf } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector, type Unusual } from "./defineDetector.ts";
import type { WatchedEntity } from "./detector.ts";

/** Of a person: emergencies and their reasons, by code, and the days on which each kind of thing was told; -1: never. */
type Own = {
  readonly emergencies: Seen;
  readonly reasons: Seen;
  /** How often each reason was given again. */
  readonly copies: number;
  readonly toldMany: number;
  readonly toldOverdue: number;
};
/** Of a role: emergencies of its people in all, and the people who had any, of late; since which day. */
type OfRole = {
  readonly people: Seen;
  readonly emergencies: number;
  readonly since: number;
  readonly day: number;
  /** The latest reasons by code, the day, and by code who gave them: nine characters each. */
  readonly reasons: string;
};

const MOST_EMERGENCIES = 12;
const MOST_REASONS = 8;
const MOST_PEOPLE = 200;
const MOST_GIVEN = 30;
const GIVEN_LENGTH = 9;
/** Where so many others give the same reason on a day it is one of many, a drill or an accident: nobody copies it. */
const ENOUGH_OTHERS = 2;
const NEW: Own = { emergencies: "", reasons: "", copies: 0, toldMany: -1, toldOverdue: -1 };
const DISPERSION = 0.5;
/** A role's past is halved after so many days. */
const ROLE_DAYS = 180;

type Name = "days" | "minimum" | "rare" | "copied" | "points";
type Numbers = { readonly [name in Name]: number };

/** Which emergency: by its id, or by whom it was about. */
const emergencyOf = ({ emergency, patients, at }: WatchedDecision): string =>
  emergency?.id ?? `${patients.map(({ id }) => id).join(" ")} ${dayOf(at)}`;

/** How a reason is compared; null: it is not known. */
const reasonOf = ({ emergency }: WatchedDecision): string | null => emergency?.reason?.trim().toLowerCase() ?? null;

/** With a reason as given by a person on a day. */
function withGiven(
  given: string,
  { reason, day, person }: { readonly reason: string; readonly day: number; readonly person: string },
): string {
  const item = codeOf(reason) + threeDigits(day) + codeOf(person);
  return given.endsWith(item) ? given : (given + item).slice(-GIVEN_LENGTH * MOST_GIVEN);
}

/** How many others gave this reason on that day. */
function othersGiving(
  given: string,
  { reason, day, person }: { readonly reason: string; readonly day: number; readonly person: string },
): number {
  const [like, own] = [codeOf(reason) + threeDigits(day), codeOf(person)];
  const others = new Set<string>();
  for (let at = 0; at < given.length; at += GIVEN_LENGTH)
    if (given.slice(at, at + 6) === like) others.add(given.slice(at + 6, at + GIVEN_LENGTH));
  others.delete(own);
  return others.size;
}

function roleAfter(
  own: OfRole | null,
  about: { readonly isNew: boolean; readonly person: string; readonly day: number; readonly reason: string | null },
): OfRole {
  // One of an earlier format is as if it was not there.
  const before =
    own !== null && "reasons" in own
      ? own
      : { people: "", emergencies: 0, since: about.day, day: about.day, reasons: "" };
  const { day, person, reason } = about;
  const known = reason === null ? before : { ...before, reasons: withGiven(before.reasons, { reason, day, person }) };
  if (!about.isNew) return known;
  const isOld = about.day - known.since >= ROLE_DAYS;
  const since = isOld ? known.since + Math.floor((about.day - known.since) / 2) : known.since;
  return {
    ...known,
    since,
    day: Math.max(known.day, about.day),
    emergencies: (isOld ? Math.floor(known.emergencies / 2) : known.emergencies) + 1,
    people: withSeen(partedAt(known.people, since - 1)[1], about.person, { day: about.day, most: MOST_PEOPLE }),
  };
}

/** Emergencies of one of a role's people in as many days; null: too little is known of it. */
function usualOf(role: OfRole | null, { days, day }: { readonly days: number; readonly day: number }): number | null {
  if (role === null || countSeen(role.people) < 3) return null;
  return (role.emergencies / countSeen(role.people)) * Math.min(1, days / Math.max(1, day - role.since));
}

interface Kind {
  readonly unusual: Unusual;
  readonly own: Own;
}

/** The person, the roles, and all people together: a drill is not of one role. */
function whoOpened(decision: WatchedDecision): readonly WatchedEntity[] {
  if (!decision.breakGlass || decision.outcome !== "ALLOW") return [];
  const who = subjectAndRoles(decision);
  return who.length === 0 || who.some(({ id, kind }) => kind === EVERYBODY.kind && id === EVERYBODY.id)
    ? who
    : [...who, EVERYBODY];
}

/** What is unusual, the most telling first; each once in as many days. */
function* kindsOf(
  own: Own,
  about: {
    readonly day: number;
    readonly usual: number | null;
    readonly overdue: number;
    readonly isCopy: boolean;
    readonly parameters: Numbers;
  },
): Generator<Kind> {
  const { day, usual, overdue, parameters } = about;
  const { days, points } = parameters;
  const count = countSeen(own.emergencies);
  const since = startOf(day - days);
  const again = (last: number): boolean => last >= 0 && day - last < days;
  const from = Math.max(
    parameters.minimum,
    usual === null ? 0 : unusualFrom({ mean: usual, dispersion: DISPERSION }, parameters.rare),
  );
  if (count >= from && !again(own.toldMany)) {
    const against = usual === null ? "" : `; people in the same role have ${told(usual)}`;
    yield {
      own: { ...own, toldMany: day },
      unusual: {
        severity: "MEDIUM",
        points,
        sentence: `This person used emergency access ${counted(count, "time")} in ${told(days)} days${against}.`,
        since,
      },
    };
  }
  // Once may be chance, and is told; twice as often makes the same points again.
  if (about.isCopy && (own.copies === parameters.copied || own.copies === 2 * parameters.copied))
    yield {
      own,
      unusual: {
        severity: "MEDIUM",
        points,
        sentence: `This person gave a reason for emergency access that was given before, ${counted(own.copies, "time")} in ${told(days)} days; each emergency has a reason of its own, as a rule.`,
        since,
      },
    };
  if (overdue > 0 && !again(own.toldOverdue))
    yield {
      own: { ...own, toldOverdue: day },
      unusual: {
        severity: "LOW",
        points: points / 2,
        sentence: `This person used emergency access while ${counted(overdue, "earlier emergency was", "earlier emergencies were")} not reviewed in time; as a rule none is.`,
        since,
      },
    };
}

/** Emergency access more often than in the role, with copied reasons, or with reviews overdue. */
export const breakGlassExcess = defineDetector<Own | OfRole, Name>({
  code: "BREAK_GLASS_EXCESS",
  title: "More emergencies than usual",
  compares:
    "How often a person used emergency access within some days with people in the same role who do; whether reasons are copied, and reviews overdue.",
  parameters: {
    days: { default: 30, minimum: 1, maximum: 90, description: "Days in which emergencies are counted." },
    minimum: { default: 4, minimum: 2, maximum: 12, description: "Fewer emergencies are never too many." },
    rare: {
      default: 0.001,
      minimum: 0.000001,
      maximum: 0.05,
      description: "The share of people in a role with so many emergencies or more that makes them too many.",
    },
    copied: {
      default: 1,
      minimum: 1,
      maximum: 12,
      description:
        "How often reasons given before are given again before it is told, and again at twice as many; not where two others give the same on that day.",
    },
    points: {
      default: 60,
      minimum: 0,
      maximum: 100,
      description: "Points of too many emergencies and of copied reasons; half of them where a review is overdue.",
    },
  },
  entitiesOf: whoOpened,
  alsoReads: whoOpened,
  observe({ entity, own, decision, parameters, peer }) {
    const day = dayOf(decision.at);
    const subject = subjectOf(decision);
    const emergency = emergencyOf(decision);
    if (entity.kind === "ROLE") {
      const person = subject === null ? null : (peer(subject) as Own | null);
      // What is told, or goes on after it, is not what is usual.
      const isTold = person !== null && person.toldMany >= 0 && day - person.toldMany < parameters.days;
      const isNew = !isTold && lastSeen(person?.emergencies ?? "", emergency) === null;
      return {
        baseline: roleAfter(own as OfRole | null, {
          isNew,
          person: subject?.id ?? "",
          day,
          reason: reasonOf(decision),
        }),
        unusual: null,
      };
    }
    const known = (own as Own | null) ?? NEW;
    if (lastSeen(known.emergencies, emergency) !== null) return { baseline: known, unusual: null };
    const within = (seen: Seen): Seen => partedAt(seen, day - parameters.days)[1];
    const reasons = within(known.reasons);
    const text = reasonOf(decision);
    const given = (peer(EVERYBODY) as OfRole | null)?.reasons ?? "";
    const isCopy =
      text !== null &&
      lastSeen(reasons, text) !== null &&
      othersGiving(given, { reason: text, day, person: subject?.id ?? "" }) < ENOUGH_OTHERS;
    const after: Own = {
      ...known,
      emergencies: withSeen(within(known.emergencies), emergency, { day, most: MOST_EMERGENCIES }),
      reasons: text === null ? reasons : withSeen(reasons, text, { day, most: MOST_REASONS }),
      copies: reasons === "" ? 0 : Math.min(99, known.copies + (isCopy ? 1 : 0)),
    };
    const usuals = rolesOf(decision).flatMap(
      (role) => usualOf(peer(role) as OfRole | null, { days: parameters.days, day }) ?? [],
    );
    const usual = usuals.length === 0 ? null : Math.max(...usuals);
    const overdue = decision.emergency?.overdueReviews ?? 0;
    for (const kind of kindsOf(after, { day, usual, overdue, isCopy, parameters }))
      return { baseline: kind.own, unusual: kind.unusual };
    return { baseline: after, unusual: null };
  },
});
