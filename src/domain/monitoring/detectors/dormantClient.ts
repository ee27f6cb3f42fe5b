import { clientOf } from "../baselines/entities.ts";
import { told } from "../baselines/sentence.ts";
import { dayOf } from "../baselines/time.ts";
import { defineDetector } from "./defineDetector.ts";

/** The last day on which a client was used as usual, and the day on which its return was told; -1: never. */
type Own = { readonly last: number; readonly told: number };

/** A client is used that nobody used for long. */
export const dormantClient = defineDetector<Own, "days" | "points">({
  code: "DORMANT_CLIENT",
  title: "A dormant client wakes up",
  compares: "The day on which a client asks for something with the day on which it did so last.",
  parameters: {
    days: {
      default: 60,
      minimum: 7,
      maximum: 400,
      description: "Days without any use after which a client is dormant.",
    },
    points: { default: 50, minimum: 0, maximum: 100, description: "Points of its return." },
  },
  entitiesOf: (decision) => [clientOf(decision)],
  observe({ entity, own, decision, parameters }) {
    const day = dayOf(decision.at);
    if (own === null) return { baseline: { last: day, told: -1 }, unusual: null };
    const away = day - Math.max(own.last, own.told);
    if (away <= 0) return { baseline: own, unusual: null };
    if (away < parameters.days) return { baseline: { ...own, last: day }, unusual: null };
    return {
      baseline: { ...own, told: day },
      unusual: {
        severity: "MEDIUM",
        points: parameters.points,
        sentence: `${entity.id} was used for the first time in ${told(away)} days; a client that nobody used for ${told(parameters.days)} days counts as dormant.`,
      },
    };
  },
});
