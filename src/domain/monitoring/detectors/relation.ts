import { reached, rolesOf, subjectAndRoles } from "../baselines/entities.ts";
import {
  daysTold,
  learnt,
  noted,
  nothingKnown,
  type Priors,
  type Rareness,
  type Rarity,
  rarenessOf,
} from "../baselines/rarity.ts";
import { dayOf } from "../baselines/time.ts";
import type { WatchedDecision, WatchedPatient } from "../watchedDecision.ts";
import type { Unusual } from "./defineDetector.ts";
import type { WatchedEntity } from "./detector.ts";

/** The engine of relation: an access that has a trait, and that nothing explains. */
interface Relation<Trait extends string> {
  /** The most telling first. */
  traitsOf(patient: WatchedPatient, decision: WatchedDecision): readonly Trait[];
  readonly priors: Priors<Trait>;
  /** What to say of an access with these traits. */
  unusual(about: {
    readonly traits: readonly [Trait, ...Trait[]];
    readonly rareness: Rareness<Trait>;
    /** On how many days within a month the person has looked at the patient like this; 1: it is the first. */
    readonly days: number;
    readonly patient: WatchedPatient;
  }): Unusual;
}

interface Sight<Trait extends string> {
  readonly entity: WatchedEntity;
  readonly own: Rarity<Trait> | null;
  readonly decision: WatchedDecision;
  peer(entity: WatchedEntity): Rarity<Trait> | null;
}

/** Whom accesses of patients bear on: the person, and those in the same roles. */
export const whoReached = (decision: WatchedDecision): readonly WatchedEntity[] =>
  reached(decision).length === 0 ? [] : subjectAndRoles(decision);

/** What is unusual about the patient of a decision that has the most points; the others are noted as told. */
export function observeRelation<Trait extends string>(
  { traitsOf, priors, unusual }: Relation<Trait>,
  { entity, own, decision, peer }: Sight<Trait>,
): { readonly baseline: Rarity<Trait>; readonly unusual: Unusual | null } {
  const day = dayOf(decision.at);
  let baseline: Rarity<Trait> = own ?? nothingKnown;
  let most: Unusual | null = null;
  for (const patient of reached(decision)) {
    const [first, ...more] = traitsOf(patient, decision);
    const isExplained = patient.explanation !== null;
    if (isExplained || first === undefined) {
      const traits = first === undefined ? [] : [first, ...more];
      baseline = learnt(baseline, { patient: patient.id, isExplained, traits });
      continue;
    }
    if (entity.kind === "ROLE") continue;
    const days = daysTold(baseline, { patient: patient.id, day });
    if (days === null) continue;
    const roles = rolesOf(decision).flatMap((role) => peer(role) ?? []);
    const rareness = rarenessOf({ own: baseline, roles, priors });
    const found = unusual({ traits: [first, ...more], rareness, days, patient });
    if (most === null || found.points > most.points) most = found;
    baseline = noted(baseline, { patient: patient.id, day });
  }
  return { baseline, unusual: most };
}
