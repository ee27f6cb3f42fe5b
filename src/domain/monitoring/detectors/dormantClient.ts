import { clientOf } from "../baselines/entities.ts";
import { counted, told } from "../baselines/sentence.ts";
import { dayOf } from "../baselines/time.ts";
import { defineDetector } from "./defineDetector.ts";

/** The last day on which a client was used as usual, its longest silence, and the day on which its return was told; -1: never. */
type Own = { readonly last: number; readonly longest: number; readonly told: number };

/** A silence of so many times the longest before is of a client that was given up, a shorter one may be its rhythm. */
const GIVEN_UP = 3;

/** A client is used that nobody used for long. */
export const dormantClient = defineDetector<Own, "days" | "points">({
  code: "DORMANT_CLIENT",
  title: "A client that nobody used for long is back",
  compares:
    "The day on which a client asks for something with the day on which it did so last, and with how long it was silent before.",
  parameters: {
    days: {
      default: 45,
      minimum: 7,
      maximum: 400,
      description: "Days without any use after which a client is dormant.",
    },
    points: {
      default: 100,
      minimum: 0,
      maximum: 100,
      description: "Points of its return; half where it was silent for a third as long before.",
    },
  },
  entitiesOf: (decision) => [clientOf(decision)],
  observe({ entity, own, decision, parameters }) {
    const day = dayOf(decision.at);
    // One of an earlier format is as if it was not there.
    if (own === null || !("longest" in own)) return { baseline: { last: day, longest: 0, told: -1 }, unusual: null };
    const away = day - Math.max(own.last, own.told);
    if (away <= 0) return { baseline: own, unusual: null };
    if (away < parameters.days)
      return { baseline: { ...own, last: day, longest: Math.max(own.longest, away) }, unusual: null };
    return {
      baseline: { ...own, told: day },
      unusual: {
        severity: "MEDIUM",
        points: own.longest * GIVEN_UP > away ? parameters.points / 2 : parameters.points,
        sentence: `${entity.id} was used for the first time in ${told(away)} days, and was never silent for more than ${counted(Math.max(1, own.longest), "day")} before; a client that nobody used for ${told(parameters.days)} days counts as dormant.`,
      },
    };
  },
});
