import { codeOf, digitOf, indexOfCode, valueAt } from "../baselines/distinct.ts";
import { clientOf } from "../baselines/entities.ts";
import { counted } from "../baselines/sentence.ts";
import { DAY_MS } from "../baselines/time.ts";
import { defineDetector } from "./defineDetector.ts";

/** For each scope by code and end which step was told: four characters each. */
type Own = { readonly told: string };

/** Days before the end at which it is told, the last first. */
const STEPS = [1, 7, 14, 30] as const;
const LENGTH = 4;
const MOST = 40;

/** The step that an end so many milliseconds away has reached: 0 for the last; null: it is far away, or over. */
function stepOf(left: number): number | null {
  if (left <= 0) return null;
  const step = STEPS.findIndex((days) => left <= days * DAY_MS);
  return step < 0 ? null : step;
}

/** A client still uses a scope that ends soon. */
export const sunsetUse = defineDetector<Own, never>({
  code: "SUNSET_USE",
  title: "Uses a scope that ends soon",
  compares: "The end of a deprecated scope with the day on which a client still uses it, 30, 14, 7 and 1 days before.",
  parameters: {},
  entitiesOf: ({ sunsets, outcome, ...rest }) =>
    outcome === "ALLOW" && sunsets !== undefined && sunsets.length > 0 ? [clientOf({ ...rest, outcome })] : [],
  observe({ entity, own, decision }) {
    const before = own ?? { told: "" };
    let next: { readonly scope: string; readonly left: number; readonly step: number; readonly code: string } | null =
      null;
    for (const { scope, endsAt } of decision.sunsets ?? []) {
      const left = endsAt - decision.at;
      const step = stepOf(left);
      if (step === null || (next !== null && next.left <= left)) continue;
      // A sunset that was put off is another one.
      const code = codeOf(`${scope} ${endsAt}`);
      const at = indexOfCode(before.told, code, LENGTH);
      if (at < 0 || valueAt(before.told, at + 3) > step) next = { scope, left, step, code };
    }
    if (next === null) return { baseline: before, unusual: null };
    const at = indexOfCode(before.told, next.code, LENGTH);
    const others = at < 0 ? before.told : before.told.slice(0, at) + before.told.slice(at + LENGTH);
    return {
      baseline: { told: (others + next.code + digitOf(next.step)).slice(-LENGTH * MOST) },
      unusual: {
        severity: "LOW",
        points: 0,
        sentence: `${entity.id} still uses the scope ${next.scope}, which ends in ${counted(Math.ceil(next.left / DAY_MS), "day")}.`,
        audience: "OPERATIONS",
      },
    };
  },
});
