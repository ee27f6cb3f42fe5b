import { clientOf, subjectOf } from "../baselines/entities.ts";
import { counted } from "../baselines/sentence.ts";
import { HOUR_MS, hourOf, hourOfWeek } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";

/** Which widening was told last, by when it was made; 0: none. */
type Own = { readonly told: number };

const whoUses = (decision: WatchedDecision) => subjectOf(decision) ?? clientOf(decision);
const isWidened = ({ widened, outcome }: WatchedDecision): boolean =>
  outcome === "ALLOW" && widened !== undefined && widened !== null;

type Name = "withinHours" | "dayBegins" | "dayEnds" | "points";

function isOffHours(at: number, { dayBegins, dayEnds }: { readonly [name in Name]: number }): boolean {
  const hour = hourOfWeek(hourOf(at));
  return hour >= 120 || hour % 24 < dayBegins || hour % 24 >= dayEnds;
}

/** Access is widened and used at once, by who widened it or off hours. */
export const privilegeThenUse = defineDetector<Own, Name>({
  code: "PRIVILEGE_THEN_USE",
  title: "Got wider access, and used it at once",
  compares:
    "When the grant, assignment or rule that an access rests on was made, and by whom, with when it is used, and by whom.",
  parameters: {
    withinHours: {
      default: 24,
      minimum: 1,
      maximum: 168,
      description: "Hours after the change in which its use is at once.",
    },
    dayBegins: {
      default: 5,
      minimum: 0,
      maximum: 23,
      description: "The hour (UTC) at which working days begin; weekends are off hours.",
    },
    dayEnds: { default: 20, minimum: 1, maximum: 24, description: "The hour (UTC) at which they end." },
    points: {
      default: 60,
      minimum: 0,
      maximum: 100,
      description: "Points of a change made off hours. One that is used by who made it has 100.",
    },
  },
  entitiesOf: (decision) => (isWidened(decision) ? [whoUses(decision)] : []),
  observe({ entity, own, decision, parameters }) {
    const known = own ?? { told: 0 };
    const { at, by } = decision.widened ?? { at: 0, by: null };
    const since = decision.at - at;
    if (at === known.told || since < 0 || since > parameters.withinHours * HOUR_MS)
      return { baseline: known, unusual: null };
    const isOwn = by !== null && entity.kind === "SUBJECT" && by === entity.id;
    if (!isOwn && !isOffHours(at, parameters)) return { baseline: known, unusual: null };
    const who = entity.kind === "CLIENT" ? entity.id : "This person";
    const minutes = counted(Math.round(since / 60_000), "minute");
    const how = isOwn ? "that they had widened themselves" : "that was widened off hours";
    return {
      baseline: { told: at },
      unusual: {
        severity: isOwn ? "HIGH" : "MEDIUM",
        points: isOwn ? 100 : parameters.points,
        sentence: `${who} used access ${how}, ${minutes} after the change.`,
      },
    };
  },
});
