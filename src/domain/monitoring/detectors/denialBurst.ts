import { type DenialCode, isDenial } from "../../decisions/reasonKinds.ts";
import { addDistinct, countDistinct } from "../baselines/distinct.ts";
import { clientOf, subjectOf } from "../baselines/entities.ts";
import { counted, told } from "../baselines/sentence.ts";
import { unusualFrom } from "../baselines/tails.ts";
import { hourOf } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector, type Unusual } from "./defineDetector.ts";

/** Of a client or a subject: the denials of the hour, and how many there are in others. */
type Own = {
  readonly hour: number;
  readonly denials: number;
  readonly targets: string;
  /** Denials before this hour, one after the other, the newest first. */
  readonly ids: readonly string[];
  /** What was told of the hour; an ALLOW after PROBING is told too, once. */
  readonly told: "" | "ONE_TARGET" | "PROBING" | "ALLOWED";
  /** When probing was told last. */
  readonly probedAt: number;
  /** Hours with any decision that were learnt, and the denials in them. */
  readonly hours: number;
  readonly sum: number;
};

const TARGETS_SIZE = 64;
const MOST_HOURS = 200;
const MOST_DENIALS = 99_999;
/** No id of ours is longer; a longer one is not kept. */
const LONGEST_ID = 40;
const MOST_IDS = { SUBJECT: 2, CLIENT: 20 } as const;
/** An hour of somebody new is compared with this many denials an hour, as if it had been seen for as many hours. */
const PRIOR = { rate: 0.5, hours: 10 } as const;
const DISPERSION = 1;
/** Who asks for three different things looks for what there is; who asks for one has a mistake in it. */
const PROBING_TARGETS = 3;

/** Whether it is the client's own mistake whichever record it asks for: then the record makes no other target. */
const IS_MISTAKE: { readonly [Code in DenialCode]: boolean } = {
  UNKNOWN_CLIENT: true,
  CLIENT_SUSPENDED: true,
  SUSPENDED_FOR_REVIEW: false,
  FACTS_DISAGREE: false,
  PURPOSE_REQUIRED: false,
  NO_SCOPES: false,
  UNKNOWN_SCOPE: true,
  SCOPE_NOT_ACTIVE: true,
  SCOPE_RETIRED: true,
  SCOPE_NOT_GRANTED: true,
  SCOPE_DOES_NOT_COVER: false,
  NO_MATCHING_RULE: false,
  DENIED_BY_RULE: false,
  CONSENT_REQUIRED: false,
  CONSENT_REFUSED: false,
  CONSENT_WITHDRAWN: false,
  CONSENT_EXPIRED: false,
  CONSENT_OTHER_PURPOSE: false,
  CONSENT_OTHER_RECIPIENT: false,
  CONSENT_DATA_EXCEPTED: false,
  BREAK_GLASS_REQUIRED: false,
};
/** Why it was denied, without what stands beside. */
const denialsOf = ({ reasons }: WatchedDecision): readonly DenialCode[] => reasons.filter(isDenial);

/** Nothing but a suspension denies it: whoever tries on meanwhile looks for nothing, and would be suspended for it again. */
function isSuspendedAlone(decision: WatchedDecision): boolean {
  const codes = denialsOf(decision);
  return codes.length > 0 && codes.every((code) => code === "SUSPENDED_FOR_REVIEW");
}

/** What a denied request was after. */
function targetOf(decision: WatchedDecision): string {
  const { kind, action, resourceType, scopesAsked, resourceId, patients } = decision;
  if (kind === "GRANT") return (scopesAsked ?? []).join(" ");
  const codes = denialsOf(decision);
  const isMistake = codes.length > 0 && codes.every((code) => IS_MISTAKE[code]);
  const which = isMistake ? "" : (resourceId ?? patients[0]?.id ?? "");
  return `${action} ${resourceType} ${which}`;
}

function inHour(own: Own, hour: number): Own {
  if (hour <= own.hour) return own;
  const fade = own.hours >= MOST_HOURS ? 0.5 : 1;
  const isLearnt = own.told === "";
  return {
    ...own,
    hour,
    denials: 0,
    targets: "",
    // Two hours in a row are one story.
    ids: hour === own.hour + 1 ? own.ids : [],
    told: "",
    hours: isLearnt ? Math.floor(own.hours * fade) + 1 : own.hours,
    sum: isLearnt ? Math.min(MOST_DENIALS, Math.floor(own.sum * fade) + own.denials) : own.sum,
  };
}

const usualOf = ({ sum, hours }: Own): number => (sum + PRIOR.rate * PRIOR.hours) / (hours + PRIOR.hours);

type Name = "minimum" | "rare" | "allowWithinMinutes" | "probingPoints" | "mistakePoints";

/** A burst of denials, or null; `own` has the denial counted. */
function burst(
  own: Own,
  parameters: { readonly [name in Name]: number },
): { readonly own: Own; readonly unusual: Unusual | null } {
  const targets = countDistinct(own.targets, TARGETS_SIZE);
  const isProbing = targets >= PROBING_TARGETS;
  const isTold = own.told === "PROBING" || own.told === "ALLOWED" || (own.told === "ONE_TARGET" && !isProbing);
  if (isTold || own.denials < parameters.minimum) return { own, unusual: null };
  const usual = usualOf(own);
  if (own.denials < unusualFrom({ mean: usual, dispersion: DISPERSION }, parameters.rare))
    return { own, unusual: null };
  const many = `was denied ${counted(own.denials, "time")} in an hour`;
  const against = `it is usually ${told(usual)}`;
  return isProbing
    ? {
        own: { ...own, told: "PROBING" },
        unusual: {
          severity: "MEDIUM",
          points: parameters.probingPoints,
          sentence: `${many}, for ${told(targets)} different targets; ${against}.`,
        },
      }
    : {
        own: { ...own, told: "ONE_TARGET" },
        unusual: {
          severity: "LOW",
          points: parameters.mistakePoints,
          sentence: `${many}, for ${counted(targets, "target")}, as a client that is set up wrongly is; ${against}.`,
          audience: "OPERATIONS",
        },
      };
}

/** Whether an ALLOW gave what was looked for: nothing explains it, as far as it is about patients. */
const isUnexplained = ({ patients }: WatchedDecision): boolean =>
  patients.length === 0 || patients.some(({ explanation }) => explanation === null);

/** Many denials in an hour: somebody tries what there is, or a client is set up wrongly; and what was allowed after. */
export const denialBurst = defineDetector<Own, Name>({
  code: "DENIAL_BURST",
  title: "Tried one thing after another, and was denied",
  compares: "How often a client or a person was denied in an hour, and for how many targets, with other hours.",
  parameters: {
    minimum: { default: 4, minimum: 3, maximum: 100_000, description: "Fewer denials in an hour are never told." },
    rare: {
      default: 0.0005,
      minimum: 0.000001,
      maximum: 0.05,
      description: "The share of hours with so many denials or more that makes them unusual.",
    },
    allowWithinMinutes: {
      default: 60,
      minimum: 1,
      maximum: 1_440,
      description: "Minutes after probing in which an access is told that is allowed and not explained.",
    },
    probingPoints: {
      default: 60,
      minimum: 0,
      maximum: 100,
      description: "Points where three targets or more were tried. An ALLOW after it has 100.",
    },
    mistakePoints: {
      default: 0,
      minimum: 0,
      maximum: 100,
      description: "Points where there are one or two targets: it goes to operations.",
    },
  },
  entitiesOf(decision) {
    if (isSuspendedAlone(decision)) return [];
    const subject = subjectOf(decision);
    return subject === null ? [clientOf(decision)] : [clientOf(decision), subject];
  },
  observe({ entity, own, decision, parameters }) {
    const hour = hourOf(decision.at);
    const fresh: Own = { hour, denials: 0, targets: "", ids: [], told: "", probedAt: 0, hours: 0, sum: 0 };
    const before = inHour(own ?? fresh, hour);
    const who = entity.kind === "CLIENT" ? entity.id : "This person";
    if (decision.outcome === "ALLOW") {
      const since = decision.at - before.probedAt;
      // A client acts for many: what it is allowed for others is no answer to what one of them tried.
      const isHis = entity.kind === "SUBJECT" || decision.subject === null;
      if (
        !isHis ||
        since > parameters.allowWithinMinutes * 60_000 ||
        before.told === "ALLOWED" ||
        before.probedAt === 0 ||
        !isUnexplained(decision)
      )
        return { baseline: before, unusual: null };
      return {
        baseline: { ...before, told: "ALLOWED", probedAt: 0 },
        unusual: {
          severity: "HIGH",
          points: 100,
          sentence: `${who} was allowed an access that nothing explains, ${counted(Math.max(0, Math.round(since / 60_000)), "minute")} after a burst of denials for different targets.`,
          evidence: before.ids,
        },
      };
    }
    const counting = {
      ...before,
      denials: Math.min(MOST_DENIALS, before.denials + 1),
      targets: addDistinct(before.targets, targetOf(decision), TARGETS_SIZE),
    };
    const seen = burst(counting, parameters);
    const ids =
      decision.id.length > LONGEST_ID
        ? before.ids
        : [decision.id, ...before.ids].slice(0, MOST_IDS[entity.kind as keyof typeof MOST_IDS]);
    const probedAt = seen.own.told === "PROBING" ? Math.max(before.probedAt, decision.at) : before.probedAt;
    const unusual = seen.unusual && {
      ...seen.unusual,
      sentence: `${who} ${seen.unusual.sentence}`,
      evidence: before.ids,
    };
    return { baseline: { ...seen.own, ids, probedAt }, unusual };
  },
});
