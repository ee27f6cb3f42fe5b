import type { Priors, Rarity } from "../baselines/rarity.ts";
import { isSensitive } from "../baselines/sensitivity.ts";
import { told } from "../baselines/sentence.ts";
import type { WatchedDecision, WatchedPatient } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { observeRelation, whoReached } from "./relation.ts";

type Trait = "vip" | "sensitive" | "unseen";

const PRIORS: Priors<Trait> = { unexplained: 0.08, vip: 0.001, sensitive: 0.03, unseen: 0.2 };
const SAID: { readonly [trait in Trait]: string } = {
  vip: "a patient whom many would look at",
  sensitive: "data with a sensitive label",
  unseen: "a patient whom the unit has not seen within 90 days",
};

function traitsOf({ vip, seenByUnit }: WatchedPatient, { labels }: WatchedDecision): readonly Trait[] {
  const isUnseen = seenByUnit === false;
  if (!vip && !isUnseen && labels.length === 0) return [];
  const traits: Trait[] = vip ? ["vip"] : [];
  if (labels.some(isSensitive)) traits.push("sensitive");
  return isUnseen ? [...traits, "unseen"] : traits;
}

/** Data that somebody should have a reason to look at, and nothing explains it. */
export const unrelatedPatient = defineDetector<Rarity<Trait>, "pointsPerBit" | "unseenPoints">({
  code: "UNRELATED_PATIENT",
  title: "A patient without a relation",
  compares:
    "An access that nothing explains, of sensitive data, of a patient whom many would look at or whom the unit has not seen, with how often the person and the role have such accesses, explained or not.",
  parameters: {
    pointsPerBit: {
      default: 5,
      minimum: 0,
      maximum: 20,
      description:
        "Points for each halving of how often the like happens, where data are sensitive or the patient is one whom many would look at.",
    },
    unseenPoints: {
      default: 12,
      minimum: 0,
      maximum: 100,
      description: "Points for a patient whom the unit has not seen: alone, or beside the others.",
    },
  },
  entitiesOf: whoReached,
  alsoReads: whoReached,
  observe: ({ parameters, ...sight }) =>
    observeRelation<Trait>(
      {
        traitsOf,
        priors: PRIORS,
        unusual({ trait, traits, bits, share }) {
          const points =
            (trait === "unseen" ? 0 : bits * parameters.pointsPerBit) +
            (traits.includes("unseen") ? parameters.unseenPoints : 0);
          const what = traits.map((each) => SAID[each]).join(" and ");
          return {
            severity: points >= 50 ? "MEDIUM" : "LOW",
            points,
            sentence: `This person reached ${what}, and nothing explains it; of 1,000 explained accesses ${told(share * 1000)} are of this kind.`,
          };
        },
      },
      sight,
    ),
});
