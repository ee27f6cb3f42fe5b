import { digitOf, valueAt } from "../baselines/distinct.ts";
import { clientOf, rolesOf, subjectAndRoles, subjectOf } from "../baselines/entities.ts";
import { told } from "../baselines/sentence.ts";
import { dayOf, hourOf, hourOfWeek } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import type { WatchedEntity } from "./detector.ts";

/**
 * In how many hours of the day somebody was active: 24 digits for Monday to Friday, 24 for the weekend (UTC), each 0 to 63. When
 * one is full all are halved, so that the latest months count most.
 */
type Clock = string;
const emptyClock: Clock = "0".repeat(48);
const FULL = 63;

const cellOf = (hour: number): number => {
  const ofWeek = hourOfWeek(hour);
  return (ofWeek >= 120 ? 24 : 0) + (ofWeek % 24);
};

/** With one more active hour; `hour` since 1970. */
function withActive(clock: Clock, hour: number): Clock {
  const at = cellOf(hour);
  const count = valueAt(clock, at);
  if (count < FULL) return clock.slice(0, at) + digitOf(count + 1) + clock.slice(at + 1);
  const halved = Array.from({ length: clock.length }, (_, i) => digitOf(valueAt(clock, i) >> 1)).join("");
  return withActive(halved, hour);
}

/** Active hours in all. */
function activeHours(clock: Clock): number {
  let sum = 0;
  for (let at = 0; at < clock.length; at++) sum += valueAt(clock, at);
  return sum;
}

/**
 * The share of active hours that fell into this one, the hour before or the one after (a clock that is set back is no new
 * habit), on the same kind of day.
 */
function shareAt(clock: Clock, hour: number): number {
  const at = cellOf(hour);
  const [kind, of] = [at - (at % 24), at % 24];
  const near = valueAt(clock, kind + ((of + 23) % 24)) + valueAt(clock, at) + valueAt(clock, kind + ((of + 1) % 24));
  return near / Math.max(1, activeHours(clock));
}

/** Of a person or a role: when they are active, the last hour that was looked at, and the day that was told; -1: none. */
type Own = { readonly clock: Clock; readonly hour: number; readonly told: number };

const NEW: Own = { clock: emptyClock, hour: -1, told: -1 };

/** Who acts: a person and the roles, or a client that acts as itself. */
const actors = (decision: WatchedDecision): readonly WatchedEntity[] => {
  if (decision.outcome !== "ALLOW" || decision.kind !== "ACCESS") return [];
  return decision.subject === null ? [clientOf(decision)] : subjectAndRoles(decision);
};

/** Somebody works when neither they nor people in the same role do, or a client acts as itself when it never does. */
export const offHours = defineDetector<Own, "share" | "enough" | "points">({
  code: "OFF_HOURS",
  title: "Worked at an unusual hour",
  compares:
    "The hour at which a person was allowed something with the hours at which that person, and people in the same role, are active; of a client that acts as itself with its own.",
  parameters: {
    share: {
      default: 0.01,
      minimum: 0.0001,
      maximum: 0.2,
      description: "The share of active hours below which an hour, with the one before and the one after, is unusual.",
    },
    enough: {
      default: 40,
      minimum: 10,
      maximum: 1_000,
      description: "Active hours of a person or a client before which nothing is told.",
    },
    points: {
      default: 10,
      minimum: 0,
      maximum: 45,
      description:
        "Points, twice as many where nothing explains the access of a patient; once a day, and never an alert alone.",
    },
  },
  entitiesOf: actors,
  alsoReads: actors,
  observe({ entity, own, decision, parameters, peer }) {
    const hour = hourOf(decision.at);
    const day = dayOf(decision.at);
    const subject = subjectOf(decision);
    const before = own ?? NEW;
    const person = entity.kind === "ROLE" ? (subject === null ? null : peer(subject)) : own;
    const personal = person ?? NEW;
    // A role learns an hour of each of its people once, as they do.
    if (hour <= personal.hour) return { baseline: before, unusual: null };
    const isOff = (each: Own | null): boolean =>
      each !== null && activeHours(each.clock) >= parameters.enough && shareAt(each.clock, hour) < parameters.share;
    const isClient = entity.kind === "CLIENT";
    const roles = isClient
      ? []
      : rolesOf(decision).map((role) => (role.id === entity.id && entity.kind === "ROLE" ? own : peer(role)));
    if (!isOff(person) || !roles.every((role) => role === null || isOff(role)))
      return { baseline: { ...before, clock: withActive(before.clock, hour), hour }, unusual: null };
    // What is off is not learnt.
    if (entity.kind === "ROLE") return { baseline: before, unusual: null };
    if (personal.told >= day) return { baseline: { ...before, hour }, unusual: null };
    const isUnexplained = decision.patients.some(({ explanation }) => explanation === null);
    const share = told(shareAt(personal.clock, hour) * 100);
    return {
      baseline: { ...before, hour, told: day },
      unusual: {
        severity: "LOW",
        points: parameters.points * (isUnexplained ? 2 : 1),
        sentence: isClient
          ? `${entity.id} was active at ${hour % 24}:00 UTC; of its other active hours ${share} % are near that hour on such days.`
          : `This person was active at ${hour % 24}:00 UTC; of their other active hours ${share} % are near that hour on such days, and of those in the same role about as few.`,
      },
    };
  },
});
