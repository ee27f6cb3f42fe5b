import { clientOf } from "../baselines/entities.ts";
import { told } from "../baselines/sentence.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { type Known, noveltyOf, type Value } from "./novelty.ts";

/** Scopes at most that one decision is looked at for, and that are known of a client. */
const MOST_OF_ONE = 50;
const MOST_KNOWN = 100;

function valuesOf({ scopesUsed, scopesAsked }: WatchedDecision, days: number): readonly Value[] {
  const scopes = scopesAsked === null ? scopesUsed : new Set([...scopesUsed, ...scopesAsked]);
  return [...scopes].slice(0, MOST_OF_ONE).map((key) => ({ key, days }));
}

/** A client is allowed something by a scope that it has not asked for or used for long. */
export const newScope = defineDetector<Known, "days" | "points">({
  code: "NEW_SCOPE",
  title: "Used a scope for the first time",
  compares:
    "The scopes of what a client was allowed, with those it had within some days, and with how often it has new ones.",
  parameters: {
    days: { default: 90, minimum: 7, maximum: 400, description: "Days for which a scope is remembered." },
    points: {
      default: 30,
      minimum: 0,
      maximum: 60,
      description: "Points of a new scope for a client that hardly ever has one; never an alert alone.",
    },
  },
  entitiesOf: (decision) => (decision.outcome === "ALLOW" ? [clientOf(decision)] : []),
  observe({ entity, own, decision, parameters }) {
    const values = valuesOf(decision, parameters.days);
    const { known, news, isYoung, surprise, every } = noveltyOf({ own, values, decision }, MOST_KNOWN);
    const [first] = news;
    if (first === undefined) return { baseline: known, unusual: null };
    const more = news.length > 1 ? ` and ${told(news.length - 1)} more` : "";
    return {
      baseline: known,
      unusual: {
        severity: isYoung ? "INFO" : "LOW",
        points: surprise * parameters.points,
        sentence: `${entity.id} used the scope ${first.key}${more} for the first time in ${told(parameters.days)} days; it has a new one about every ${told(every)} days.`,
      },
    };
  },
});
