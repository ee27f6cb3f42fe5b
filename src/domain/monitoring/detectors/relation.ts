import { reached, rolesOf, subjectAndRoles } from "../baselines/entities.ts";
import { bitsOf, learnt, noted, nothingKnown, type Priors, type Rarity, wasTold } from "../baselines/rarity.ts";
import { dayOf } from "../baselines/time.ts";
import type { WatchedDecision, WatchedPatient } from "../watchedDecision.ts";
import type { Unusual } from "./defineDetector.ts";
import type { WatchedEntity } from "./detector.ts";

/** The engine of relation: an access that has a trait, and that nothing explains. */
interface Relation<Trait extends string> {
  /** The most telling first. */
  traitsOf(patient: WatchedPatient, decision: WatchedDecision): readonly Trait[];
  readonly priors: Priors<Trait>;
  /** What to say of an access with this trait. */
  unusual(about: {
    readonly trait: Trait;
    readonly traits: readonly Trait[];
    /** How rare such an access is; see `bitsOf`. */
    readonly bits: number;
    readonly share: number;
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

/** What is unusual about the patient of a decision that is rarest; the others are noted as told. */
export function observeRelation<Trait extends string>(
  { traitsOf, priors, unusual }: Relation<Trait>,
  { entity, own, decision, peer }: Sight<Trait>,
): { readonly baseline: Rarity<Trait>; readonly unusual: Unusual | null } {
  const day = dayOf(decision.at);
  let baseline: Rarity<Trait> = own ?? nothingKnown;
  let most: { readonly bits: number; readonly unusual: Unusual } | null = null;
  for (const patient of reached(decision)) {
    const traits = traitsOf(patient, decision);
    const isExplained = patient.explanation !== null;
    const [trait] = traits;
    if (isExplained || trait === undefined) {
      baseline = learnt(baseline, { patient: patient.id, isExplained, traits });
      continue;
    }
    if (entity.kind === "ROLE" || wasTold(baseline, { patient: patient.id, day })) continue;
    const roles = rolesOf(decision).flatMap((role) => peer(role) ?? []);
    const { bits, share } = bitsOf(trait, { own: baseline, roles, priors });
    if (most === null || bits > most.bits) most = { bits, unusual: unusual({ trait, traits, bits, share, patient }) };
    baseline = noted(baseline, { patient: patient.id, day });
  }
  return { baseline, unusual: most === null ? null : most.unusual };
}
