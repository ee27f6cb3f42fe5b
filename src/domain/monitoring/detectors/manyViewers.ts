import { addDistinct, countDistinct } from "../baselines/distinct.ts";
import { reached, subjectOf } from "../baselines/entities.ts";
import { counted, told } from "../baselines/sentence.ts";
import { unusualFrom } from "../baselines/tails.ts";
import { dayOf, startOf } from "../baselines/time.ts";
import { defineDetector } from "./defineDetector.ts";

/**
 * Of a patient: from where people looked in a window of days, in all and those whom nothing explains, and how it was in earlier windows.
 * Those of one unit count once: who work together treat somebody together, before the directory knows it.
 */
type Own = {
  readonly from: number;
  readonly all: string;
  readonly some: string;
  /** The latest decisions of viewers whom nothing explains, the newest first. */
  readonly ids: readonly string[];
  readonly told: number;
  /** Earlier windows with any viewer, and what nothing explained in them. */
  readonly windows: number;
  readonly sum: number;
};

const ALL_SIZE = 32;
const SOME_SIZE = 64;
const MOST_IDS = 2;
/** No id of ours is longer; a longer one is not kept. */
const LONGEST_ID = 40;
const MOST_WINDOWS = 20;
const MOST_SUM = 9_999;

/** With the window closed that is over. One that was told of is not learnt. */
function inWindow(own: Own, { day, days }: { readonly day: number; readonly days: number }): Own {
  if (day < own.from + days) return own;
  const fade = own.windows >= MOST_WINDOWS ? 0.5 : 1;
  const isLearnt = own.told === 0 && own.all !== "";
  return {
    from: day,
    all: "",
    some: "",
    ids: [],
    told: 0,
    windows: isLearnt ? Math.floor(own.windows * fade) + 1 : own.windows,
    sum: isLearnt ? Math.min(MOST_SUM, Math.floor(own.sum * fade) + countDistinct(own.some, SOME_SIZE)) : own.sum,
  };
}

/** How much likelier a chance must be that makes viewers of a patient too few to tell, where many would look at that patient. */
const VIP_FACTOR = 1_000;

/** A patient at whom people from unusually many units look, counting only those whose look nothing explains. */
export const manyViewers = defineDetector<Own, "minimum" | "days" | "rare" | "share" | "points">({
  code: "MANY_VIEWERS",
  title: "A patient whom unusually many looked at",
  compares:
    "From how many units people looked at a patient within some days without any explanation, with how many would by chance among as many viewers, and with earlier days of the same patient.",
  parameters: {
    minimum: {
      default: 4,
      minimum: 2,
      maximum: 1_000,
      description: "Viewers of fewer units whom nothing explains are never told.",
    },
    days: { default: 5, minimum: 1, maximum: 30, description: "Days in which viewers are counted." },
    rare: {
      default: 0.00001,
      minimum: 0.000001,
      maximum: 0.005,
      description:
        "How seldom so many would look by chance: the share of such windows; a thousand times as large where many would look at the patient.",
    },
    share: {
      default: 0.08,
      minimum: 0.001,
      maximum: 0.9,
      description: "The share of rightful viewers whom the directory does not explain.",
    },
    points: {
      default: 100,
      minimum: 0,
      maximum: 100,
      description: "Points of a finding; it is told again each time the count has doubled.",
    },
  },
  entitiesOf: (decision) =>
    subjectOf(decision) === null
      ? []
      : [...new Set(reached(decision).map(({ id }) => id))].map((id) => ({ kind: "PATIENT", id })),
  observe({ entity, own, decision, parameters }) {
    // Somebody without a unit is one.
    const viewer = decision.unit === null ? `person ${subjectOf(decision)?.id}` : `unit ${decision.unit}`;
    const day = dayOf(decision.at);
    const fresh: Own = { from: day, all: "", some: "", ids: [], told: 0, windows: 0, sum: 0 };
    const before = inWindow(own ?? fresh, { day, days: parameters.days });
    // Of one patient that is named twice, either explanation is enough.
    const sights = reached(decision).filter(({ id }) => id === entity.id);
    const isExplained = sights.some(({ explanation }) => explanation !== null);
    const all = addDistinct(before.all, viewer, ALL_SIZE);
    if (isExplained) return { baseline: all === before.all ? before : { ...before, all }, unusual: null };
    const some = addDistinct(before.some, viewer, SOME_SIZE);
    if (some === before.some) return { baseline: all === before.all ? before : { ...before, all }, unusual: null };
    const ids = decision.id.length > LONGEST_ID ? before.ids : [decision.id, ...before.ids].slice(0, MOST_IDS);
    const after = { ...before, all, some, ids };
    const count = countDistinct(some, SOME_SIZE);
    if (count < parameters.minimum || count < 2 * before.told) return { baseline: after, unusual: null };
    const viewers = Math.max(count, countDistinct(all, ALL_SIZE));
    const usual = after.windows === 0 ? 0 : after.sum / after.windows;
    const mean = Math.max(parameters.share * viewers, usual);
    const rare = parameters.rare * (sights.some(({ vip }) => vip) ? VIP_FACTOR : 1);
    if (count < unusualFrom({ mean, dispersion: 0 }, rare)) return { baseline: after, unusual: null };
    return {
      baseline: { ...after, told: count },
      unusual: {
        severity: "MEDIUM",
        points: parameters.points,
        sentence: `People of ${counted(count, "unit")} looked at this patient within ${counted(parameters.days, "day")} and nothing explains it, of ${counted(viewers, "unit")} in all; by chance it would be ${told(mean)}.`,
        evidence: before.ids,
        since: startOf(after.from),
      },
    };
  },
});
