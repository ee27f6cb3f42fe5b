import type { KeptFinding } from "../domain/monitoring/watch/keptFinding.ts";
import { AlertRankEnum, DetectorCodeEnum, SeverityEnum } from "./enums.ts";
import { flag, id, int, objectType, oneOf, text, time } from "./graphqlTypes.ts";

/** A finding as it is printed. */
export const findingOf = (finding: KeptFinding) => {
  const { at, clientId, decisionId, detector, evidence, points, sentence, severity, shadow, storyId, subject } =
    finding;
  const { audience, since } = finding;
  return {
    ...{
      id: finding.id,
      detector,
      decisionId,
      at,
      rank: finding.rank,
      severity,
      points,
      sentence,
      evidence,
      since,
      clientId,
    },
    forOperations: audience === "OPERATIONS",
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    patients: finding.patients,
    shadow,
    suppressed: finding.suppressed,
    storyId,
  };
};

export const Finding = objectType<ReturnType<typeof findingOf>>(
  "Finding",
  "What a detector found unusual about one decision.",
  {
    id: id("Its id: of the decision, the detector and which of its parties it is about."),
    detector: oneOf(DetectorCodeEnum)("Which detector found it."),
    decisionId: id("The decision."),
    at: time("When that was made."),
    rank: oneOf(AlertRankEnum)("How soon to look at it."),
    severity: oneOf(SeverityEnum)("How much it matters."),
    points: int("What it adds to its story."),
    sentence: text("What is unusual, against what. To a reviewer patients have pseudonyms in it."),
    evidence: id.list("Other decisions that it rests on, the newest first."),
    since: time.orNull("Of something that was counted: decisions from then on are evidence too."),
    forOperations: flag("Whether it tells of a mistake, to those who run the client; it is in no story."),
    clientId: id("The client of the decision."),
    subjectId: id.orNull("For whom it acted; null: for itself."),
    subjectType: text.orNull("The subject's type."),
    patients: id.list("Whose data it was about; to a reviewer stable pseudonyms."),
    shadow: flag("Whether its detector was in SHADOW, so that it makes no alert."),
    suppressed: flag("Whether alerts of it were suppressed, so that it makes none."),
    storyId: id.orNull("The story that it is part of, which has this id as an alert too, once it is one; null: none."),
  },
);
