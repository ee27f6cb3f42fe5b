import type { Priors, Rarity } from "../baselines/rarity.ts";
import { isSensitive } from "../baselines/sensitivity.ts";
import { told } from "../baselines/sentence.ts";
import type { PatientRelation } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { observeRelation, whoReached } from "./relation.ts";

const PRIORS: Priors<PatientRelation> = {
  unexplained: 0.08,
  SELF: 0.0005,
  RELATIVE: 0.0003,
  HOUSEHOLD: 0.0003,
  COLLEAGUE: 0.004,
};
const SAID: { readonly [relation in PatientRelation]: string } = {
  SELF: "their own record",
  RELATIVE: "the record of a relative",
  HOUSEHOLD: "the record of somebody in the same household",
  COLLEAGUE: "the record of a colleague",
};

/** How near it is: a colleague may be a patient of the house like others, and what nobody has written down is mostly work. */
const CLOSENESS: { readonly [relation in PatientRelation]: number } = {
  SELF: 1,
  RELATIVE: 1,
  HOUSEHOLD: 1,
  COLLEAGUE: 0.3,
};
const FAMILY: readonly PatientRelation[] = ["RELATIVE", "HOUSEHOLD"];

/** Somebody looks at their own record, or at that of somebody they know, and nothing explains it. */
export const ownOrRelatedRecord = defineDetector<
  Rarity<PatientRelation>,
  "pointsPerBit" | "addedPoints" | "againPoints"
>({
  code: "OWN_OR_RELATED_RECORD",
  title: "Looked at their own record, or at one of somebody close",
  compares:
    "An access that nothing explains, of one's own record or that of a relative, somebody in the same household or a colleague, with how often the person and the role have explained accesses of such records.",
  parameters: {
    pointsPerBit: {
      default: 7,
      minimum: 0,
      maximum: 20,
      description: "Points for each halving of how often the like happens.",
    },
    addedPoints: {
      default: 12,
      minimum: 0,
      maximum: 100,
      description:
        "Points more where the unit has not seen the patient, again where the patient is in nobody's care, and again where the data are sensitive.",
    },
    againPoints: {
      default: 40,
      minimum: 0,
      maximum: 100,
      description:
        "Points more on the second day within a month on which the person looks at that record, twice as many on the third and later.",
    },
  },
  entitiesOf: whoReached,
  alsoReads: whoReached,
  observe: ({ parameters, ...sight }) =>
    observeRelation<PatientRelation>(
      {
        traitsOf: ({ relation }) => (relation === null ? [] : [relation]),
        priors: PRIORS,
        unusual({ traits: [trait], days, rareness, patient }) {
          const isSecret = sight.decision.labels.some(isSensitive);
          const added = [patient.seenByUnit === false, patient.underCare === false, isSecret].filter(Boolean).length;
          const of = isSecret ? ", with data under a sensitive label" : "";
          const again = days < 2 ? "" : `, on ${told(days)} days within a month`;
          const bits = (rareness.unexplained + rareness.bitsOf(trait)) * CLOSENESS[trait];
          return {
            severity: FAMILY.includes(trait) && added >= 2 ? "HIGH" : "MEDIUM",
            points:
              bits * parameters.pointsPerBit +
              added * parameters.addedPoints +
              Math.min(2, days - 1) * parameters.againPoints,
            sentence: `This person reached ${SAID[trait]}${of}, and nothing explains it${again}; of 10,000 explained accesses ${told(rareness.shareOf(trait) * 10_000)} are of such records.`,
          };
        },
      },
      sight,
    ),
});
