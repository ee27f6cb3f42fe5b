import { isSensitive } from "../baselines/sensitivity.ts";
import type { PatientRelation, WatchedPatient } from "../watchedDecision.ts";
import type { PatientState } from "./memory.ts";
import type { ReasonCode } from "./reasons.ts";
import { ALL, basisOf, bitsOf, count } from "./shares.ts";
import { type Group, LEAST_BITS, type Sight } from "./sign.ts";

/** What a look is, of somebody at a patient on a day. */
type Sort = "EXPLAINED" | "EMERGENCY" | "SEEN" | "ELSEWHERE" | "AWAY" | "DORMANT";
/** How often looks are of a sort in a house of which nothing is known yet. */
const SORTS: { readonly [sort in Sort]: number } = {
  EXPLAINED: 0.93,
  SEEN: 0.02,
  ELSEWHERE: 0.03,
  AWAY: 0.01,
  DORMANT: 0.005,
  EMERGENCY: 0.005,
};
/** Likewise of what is strange in a patient. */
const TRAITS = { FAMILY_OR_SELF: 0.002, COLLEAGUE: 0.01, VIP: 0.004, SENSITIVE: 0.05 } as const;
type Trait = keyof typeof TRAITS;

type Company = "NEAR" | "MANY" | "FEW" | "NONE";

/** Days in which others who looked are company, in which looks come back, and in which a crowd gathers. */
const COMPANY_DAYS = 7;
const RETURN_DAYS = 35;
/** Days of one pair that count. */
const MOST_DAYS = 12;
/** Few come back so often that nothing is learnt of them: a further day has half a bit at least. */
const LEAST_RETURN = 0.5;
/** What a unit that looks elsewhere is usually strange by: what is usual takes as much away. */
const USUAL_TOWARD = 4.3;

const RELATIONS: { readonly [relation in PatientRelation]: Trait } = {
  SELF: "FAMILY_OR_SELF",
  RELATIVE: "FAMILY_OR_SELF",
  HOUSEHOLD: "FAMILY_OR_SELF",
  COLLEAGUE: "COLLEAGUE",
};

interface Look {
  readonly sight: Sight;
  readonly person: NonNullable<Sight["person"]>;
  readonly patient: WatchedPatient;
  readonly state: PatientState;
}

/** Who else looked within a week, from which units. */
function companyOf({ person, sight: { day }, state }: Look): {
  readonly units: Set<string>;
  near: number;
  all: number;
} {
  const units = new Set<string>();
  let [near, all] = [0, 0];
  for (const [who, [on, unit]] of state.viewers) {
    if (who === person.id || day - on > COMPANY_DAYS) continue;
    all++;
    if (unit === null) continue;
    if (unit === person.state.unit) near++;
    else units.add(unit);
  }
  return { units, near, all };
}

function sortOf({ patient: { explanation, seenByUnit, underCare } }: Look, others: number): Sort {
  if (explanation?.kind === "BREAK_GLASS") return "EMERGENCY";
  if (explanation !== null) return "EXPLAINED";
  if (seenByUnit === true) return "SEEN";
  if (underCare === true) return "ELSEWHERE";
  return others > 0 ? "AWAY" : "DORMANT";
}

/** A twentieth of what its role learns in a week, and 50 looks of those in small ones, is what is learnt of one person. */
const LARGEST_PART = 20;
const LEAST_PART = 50;

/** Whether the role still learns from this person in this week. */
function isLearnt({ person: { state }, sight: { memory, week } }: Look): boolean {
  const role = state.groups[1] ?? ALL;
  const learnt = memory.house.learnt.get(role) ?? [week, 0, 0];
  memory.house.learnt.set(role, learnt);
  if (learnt[0] !== week) [learnt[0], learnt[1], learnt[2]] = [week, 0, learnt[1]];
  if (state.given[0] !== week) state.given = [week, 0];
  const most = Math.max(LEAST_PART, Math.max(learnt[1], learnt[2]) / LARGEST_PART);
  if (state.given[1] >= most) return false;
  state.given[1]++;
  learnt[1]++;
  return true;
}

/** How strange it is that looks of a sort come back on so many days, by how often they did. */
function returnBits(counts: readonly number[], days: number): number {
  let bits = 0;
  for (let i = 1; i <= days; i++)
    bits += Math.max(LEAST_RETURN, -Math.log2(((counts[i] ?? 0) + 0.5) / ((counts[i - 1] ?? 0) + 2)));
  return bits;
}

/**
 * One person's look at one patient: how rare looks of its sort are in the role, where the unit looks, who else looked within a week, what
 * is strange in the patient, and whether it comes back. That somebody has a reason for one patient says nothing of another.
 */
export function pair(sight: Sight, patient: WatchedPatient): void {
  const { day, decision, memory, person, weightOf } = sight;
  if (person === null) return;
  const { house } = memory;
  const state = memory.patients.of(patient.id, () => ({ seen: day, viewers: new Map(), crowd: [], said: 0 }));
  const look: Look = { sight, person, patient, state };
  const secret = decision.labels.some(isSensitive);
  const today = person.state.today;
  if (today === null) return;
  const earlier = today.patients.get(patient.id);
  // Of one day the first look counts, and the first at what is sensitive.
  if (earlier === true || (earlier === false && !secret)) return;
  const isFirst = earlier === undefined;
  today.patients.set(patient.id, secret);
  const others = companyOf(look);
  const sort = sortOf(look, others.all);
  const { groups, unit } = person.state;
  const unexplained = sort !== "EXPLAINED";
  const traits: Trait[] = [];
  if (patient.vip) traits.push("VIP");
  if (secret) traits.push("SENSITIVE");
  if (patient.relation !== null) traits.push(RELATIONS[patient.relation]);

  if (unexplained) {
    const parts: { code: ReasonCode; bits: number }[] = [];
    const add = (code: ReasonCode, bits: number): void => void parts.push({ code, bits: bits * weightOf(code) });
    const base = bitsOf(house.looks, groups, sort, SORTS[sort]);
    const company: Company = others.near > 0 ? "NEAR" : others.all > 3 ? "MANY" : others.all > 0 ? "FEW" : "NONE";
    const alone = Math.max(0, bitsOf(house.company, [sort], company, 0.25) - 1);
    let toward = 0;
    if (sort === "ELSEWHERE" && unit !== null && others.units.size > 0) {
      const nearest = Math.min(...[...others.units].map((other) => bitsOf(house.toward, [unit], other, 0.05)));
      toward = Math.max(-3, Math.min(4, nearest - USUAL_TOWARD));
    }
    add(sort === "EMERGENCY" ? "EMERGENCY_LOOK" : "UNEXPLAINED_LOOK", base + alone + toward);
    for (const trait of traits)
      add(trait, bitsOf(house.traits, groups, trait, TRAITS[trait], person.state.traits.get(trait)));
    const known = person.state.pairs.get(patient.id) ?? { days: [], said: 0 };
    const before = known.days.filter((on) => on !== day && day - on <= RETURN_DAYS);
    const days = Math.min(MOST_DAYS, before.length);
    const counts = house.returns.get(sort) ?? [];
    if (days > 0) add("RETURNING_LOOK", returnBits(counts, days));
    if (isFirst) {
      counts[days] = (counts[days] ?? 0) + 1;
      for (let i = 0; i < days; i++) counts[i] ??= 0;
      house.returns.set(sort, counts);
      person.state.pairs.set(patient.id, { days: [...before, day], said: 0 });
    }
    const bits = parts.reduce((sum, part) => sum + part.bits, 0);
    const now = person.state.pairs.get(patient.id);
    if (bits >= LEAST_BITS && bits > (now?.said ?? 0)) {
      if (now !== undefined) now.said = bits;
      const [strangest] = parts.filter(({ bits }) => bits > 0).sort((a, b) => b.bits - a.bits);
      const group: Group = { kind: "SUBJECT", id: person.id };
      sight.say({
        code: strangest?.code ?? "UNEXPLAINED_LOOK",
        as: "PAIR",
        group,
        patient: patient.id,
        bits,
        numbers: {
          sort,
          days: days + 1,
          viewers: others.all,
          basis: basisOf(house.looks, groups),
          also: parts
            .filter(({ code, bits }) => code !== strangest?.code && bits >= 1)
            .map(({ code }) => code)
            .join(" "),
        },
        decisions: [decision.id],
      });
    }
    crowd(look, sort);
  }
  if (isFirst && isLearnt(look)) {
    count(house.looks, groups, sort);
    count(house.traits, groups, "-");
    if (!unexplained)
      for (const trait of traits) {
        count(house.traits, groups, trait);
        person.state.traits.set(trait, (person.state.traits.get(trait) ?? 0) + 1);
      }
  }
  if (isFirst && unit !== null) {
    if (unexplained)
      count(
        house.company,
        [sort],
        others.near > 0 ? "NEAR" : others.all > 3 ? "MANY" : others.all > 0 ? "FEW" : "NONE",
      );
    if (sort === "ELSEWHERE" || patient.explanation?.kind === "REFERRAL" || patient.explanation?.kind === "ORDER")
      for (const other of others.units) count(house.toward, [unit], other);
  }
  state.seen = day;
  state.viewers.set(person.id, [day, unit]);
}

/** Days in which people of several units make a crowd. */
const CROWD_DAYS = 5;

/** Keeps who looked at a patient without reason, for the engine that counts. */
function crowd({ patient, person, sight, state }: Look, sort: Sort): void {
  if (sort === "EMERGENCY") return;
  const { day, decision } = sight;
  const live = state.crowd.filter(([on]) => day - on < CROWD_DAYS);
  live.push([day, person.state.unit ?? person.id, decision.id]);
  if (live.length === 1) state.said = 0;
  state.crowd = live.slice(-60);
  sight.memory.patients.change(patient.id);
}
