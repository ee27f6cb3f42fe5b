import { byteLength } from "../../../src/domain/kernel/byteLength.ts";
import { canonicalJson, type Json } from "../../../src/domain/kernel/canonical.ts";
import type {
  Detector,
  Finding,
  Parameters,
  WatchedEntity,
} from "../../../src/domain/monitoring/detectors/detector.ts";
import type { ExplanationKind } from "../../../src/domain/monitoring/explanations/explanation.ts";
import { defaultsOf, observeDecision } from "../../../src/domain/monitoring/watch/observe.ts";
import type { WatchedDecision, WatchedPatient } from "../../../src/domain/monitoring/watchedDecision.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, at 8:00 UTC. */
export const START = 1_767_600_000_000;

export const patient = (id: string, more: Partial<WatchedPatient> = {}): WatchedPatient => ({
  id,
  explanation: null,
  relation: null,
  vip: false,
  seenByUnit: true,
  ...more,
});
/** A patient whose access something explains. */
export const explained = (
  id: string,
  more: Partial<WatchedPatient> = {},
  kind: ExplanationKind = "CARE_TEAM",
): WatchedPatient => patient(id, { explanation: { kind, reference: null, since: 0 }, ...more });

let made = 0;
/** A nurse reads an observation by an app, from the hospital's network. */
export function decision(more: Partial<WatchedDecision> = {}): WatchedDecision {
  made++;
  return {
    id: `decision-${made}`,
    position: made,
    at: START,
    kind: "ACCESS",
    outcome: "ALLOW",
    reasons: ["ALLOWED_BY_RULE"],
    callerId: "gateway",
    clientId: "app",
    subject: { type: "user", id: "nina" },
    roles: ["nurse"],
    unit: "ward-1",
    scopesAsked: null,
    scopesUsed: ["user/Observation.rs"],
    action: "read",
    resourceType: "Observation",
    resourceId: null,
    labels: [],
    patients: [],
    purposeOfUse: "TREAT",
    organization: "general",
    place: null,
    breakGlass: false,
    ...more,
  };
}

export const keyOf = ({ kind, id }: WatchedEntity): string => `${kind} ${id}`;

/** Shows decisions to a detector one after the other, and keeps its baselines. */
export function watch(detector: Detector, more: Partial<Parameters> = {}) {
  const baselines = new Map<string, Json>();
  const parameters = { ...defaultsOf(detector), ...more } as Parameters;
  return {
    baselines,
    see(decisions: readonly WatchedDecision[]): readonly Finding[] {
      return decisions.flatMap((each) => {
        const asked = new Set(
          [...detector.entitiesOf(each), ...(detector.alsoReads?.(each) ?? [])].map((entity) => keyOf(entity)),
        );
        const { kept, findings } = observeDecision({
          detector,
          decision: each,
          parameters,
          baselineOf(entity) {
            if (!asked.has(keyOf(entity)))
              throw new Error(`${detector.code} did not say that it reads ${keyOf(entity)}`);
            return baselines.get(keyOf(entity)) ?? null;
          },
        });
        for (const { entity, baseline } of kept) baselines.set(keyOf(entity), baseline);
        return findings.map(({ finding }) => finding);
      });
    },
  };
}

/** Decisions for as many days, `perDay` each, in working hours. */
export function days(
  count: number,
  of: (day: number) => readonly Partial<WatchedDecision>[],
  from = START,
): readonly WatchedDecision[] {
  return Array.from({ length: count }, (_, day) =>
    of(day).map((more, i) => decision({ at: from + day * DAY + i * MINUTE, ...more })),
  ).flat();
}

export const bytesOf = (baseline: Json): number => byteLength(canonicalJson(baseline));
