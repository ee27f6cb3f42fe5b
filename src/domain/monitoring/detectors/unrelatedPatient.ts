import type { Priors, Rarity } from "../baselines/rarity.ts";
import { isSensitive } from "../baselines/sensitivity.ts";
import { told } from "../baselines/sentence.ts";
import type { WatchedDecision, WatchedPatient } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { observeRelation, whoReached } from "./relation.ts";

type Trait = "vip" | "sensitive" | "away" | "unseen";

const PRIORS: Priors<Trait> = { unexplained: 0.08, vip: 0.001, sensitive: 0.03, away: 0.05, unseen: 0.2 };
const SAID: { readonly [trait in Trait]: string } = {
  vip: "a patient whom many would look at",
  sensitive: "data with a sensitive label",
  away: "a patient who is in nobody's care",
  unseen: "a patient whom the unit has not seen within 90 days",
};

function traitsOf({ vip, seenByUnit, underCare }: WatchedPatient, { labels }: WatchedDecision): readonly Trait[] {
  const isUnseen = seenByUnit === false;
  // Whom the unit has seen lately, and nobody treats any more, it still writes letters about.
  const isAway = underCare === false && seenByUnit !== true;
  if (!vip && !isUnseen && !isAway && labels.length === 0) return [];
  const traits: Trait[] = vip ? ["vip"] : [];
  if (labels.some(isSensitive)) traits.push("sensitive");
  if (isAway) traits.push("away");
  return isUnseen ? [...traits, "unseen"] : traits;
}

type Name = "pointsPerBit" | "unseenPoints" | "againPoints";

/** Ordinary work that nobody has written down is mostly about patients of other units. */
const UNSEEN_ALONE = 0.2;
/** Whom many would look at, and whom nobody treats: nobody has any business there. */
const VIP_AWAY = 1.4;

/** Points for looks at one patient on several days: who comes back has a reason, which nobody knows. */
function pointsOfAgain(traits: readonly Trait[], days: number, againPoints: number): number {
  const isStrange = traits.includes("away") || traits.includes("unseen");
  if (!isStrange || days < 2) return 0;
  return days > 2 || traits.includes("away") ? 2 * againPoints : againPoints;
}

/** Data that somebody should have a reason to look at, and nothing explains it. */
export const unrelatedPatient = defineDetector<Rarity<Trait>, Name>({
  code: "UNRELATED_PATIENT",
  title: "Looked at a patient without a known relation",
  compares:
    "An access that nothing explains, of sensitive data, of a patient whom many would look at, who is in nobody's care or whom the unit has not seen, with how often the person and the role have such accesses, explained or not, and with the days on which the person did so before.",
  parameters: {
    pointsPerBit: {
      default: 5,
      minimum: 0,
      maximum: 20,
      description:
        "Points for each halving of how often the like happens, where data are sensitive, the patient is one whom many would look at, or in nobody's care.",
    },
    unseenPoints: {
      default: 5,
      minimum: 0,
      maximum: 100,
      description: "Points for a patient whom the unit has not seen, beside the others; a fifth of them alone.",
    },
    againPoints: {
      default: 35,
      minimum: 0,
      maximum: 100,
      description:
        "Points more on the second day within a month on which the person looks at that patient; twice as many on the third and later, or where the patient is in nobody's care.",
    },
  },
  entitiesOf: whoReached,
  alsoReads: whoReached,
  observe: ({ parameters, ...sight }) =>
    observeRelation<Trait>(
      {
        traitsOf,
        priors: PRIORS,
        unusual({ days, rareness, traits }) {
          const bits = traits.reduce((sum, trait) => sum + (trait === "unseen" ? 0 : rareness.bitsOf(trait)), 0);
          const unseen = traits.includes("unseen")
            ? parameters.unseenPoints * (traits.length > 1 ? 1 : UNSEEN_ALONE)
            : 0;
          const factor = traits.includes("vip") && traits.includes("away") ? VIP_AWAY : 1;
          const points =
            (bits * parameters.pointsPerBit + unseen) * factor + pointsOfAgain(traits, days, parameters.againPoints);
          // Of somebody whose accesses are seldom explained it says less that one is not.
          const weighed = points * Math.min(1, rareness.unexplained / rareness.assumed);
          const what = traits.map((each) => SAID[each]).join(" and ");
          const again = days < 2 ? "" : `, on ${told(days)} days within a month`;
          return {
            severity: weighed >= 50 ? "MEDIUM" : "LOW",
            points: weighed,
            sentence: `This person reached ${what}, and nothing explains it${again}; of 1,000 explained accesses ${told(rareness.shareOf(traits[0]) * 1000)} are of this kind.`,
          };
        },
      },
      sight,
    ),
});
