import type { Detector, Finding, WatchedEntity } from "../../src/domain/monitoring/detectors/detector.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
/** A Monday. */
export const START = Date.parse("2026-06-01T08:00:00Z");

/** A decision as watching sees it: the n-th, an hour after the one before. */
export const watchedDecision = (n: number, more: Partial<WatchedDecision> = {}): WatchedDecision => ({
  id: `d-${String(n).padStart(6, "0")}`,
  position: n + 1,
  at: START + n * HOUR,
  kind: "ACCESS",
  outcome: "ALLOW",
  reasons: ["ALLOWED_BY_RULE"],
  callerId: "key:gateway",
  clientId: "portal",
  subject: { type: "user", id: "rose" },
  roles: ["nurse"],
  unit: "ward",
  scopesAsked: ["view_labs"],
  scopesUsed: ["view_labs"],
  action: "read",
  resourceType: "Observation",
  resourceId: null,
  labels: [],
  patients: [watchedPatient("ann")],
  purposeOfUse: "TREAT",
  organization: "st-mary",
  place: null,
  breakGlass: false,
  ...more,
});

export const watchedPatient = (id: string): WatchedDecision["patients"][number] => ({
  id,
  explanation: null,
  relation: null,
  vip: false,
  seenByUnit: null,
});

const subjectsOf = ({ subject }: WatchedDecision): readonly WatchedEntity[] =>
  subject === null ? [] : [{ kind: "SUBJECT", id: `${subject.type}/${subject.id}` }];

const found = (
  code: Finding["detector"],
  { decision, entity }: { readonly decision: WatchedDecision; readonly entity: WatchedEntity },
  more: Pick<Finding, "points" | "severity" | "sentence">,
): Finding => ({ detector: code, decisionId: decision.id, at: decision.at, entity, evidence: [], ...more });

/** More patients on one day than `most`, each of whom counts `points`. */
const manyPatients: Detector<"most" | "points"> = {
  code: "MANY_PATIENTS",
  title: "Many patients",
  compares: "The patients of a day with a number.",
  parameters: {
    most: { default: 3, minimum: 1, maximum: 1000, description: "Patients a day." },
    points: { default: 4, minimum: 0, maximum: 100, description: "Points of each more." },
  },
  entitiesOf: subjectsOf,
  observe({ baseline, decision, entity, parameters: { most, points } }) {
    const day = Math.floor(decision.at / DAY);
    const before = baseline as { readonly day: number; readonly seen: readonly string[] } | null;
    const seen = before?.day === day ? before.seen : [];
    const next = [...new Set([...seen, ...decision.patients.map(({ id }) => id)])];
    const isMore = next.length > most && next.length > seen.length;
    const sentence = `${next.length} patients on one day, ${decision.patients[0]?.id} among them; usual are ${most}.`;
    const severity = points === 0 ? "INFO" : next.length > 2 * most ? "HIGH" : "MEDIUM";
    return {
      baseline: { day, seen: next },
      finding: isMore ? found("MANY_PATIENTS", { decision, entity }, { points, severity, sentence }) : null,
    };
  },
};

/** A scope that the client has not used before; the first ones are no news. */
const newScope: Detector<"points"> = {
  code: "NEW_SCOPE",
  title: "New scope",
  compares: "The scope with those that the client has used.",
  parameters: { points: { default: 6, minimum: 0, maximum: 100, description: "Points of each." } },
  entitiesOf: ({ clientId }) => [{ kind: "CLIENT", id: clientId }],
  observe({ baseline, decision, entity, parameters: { points } }) {
    const known = baseline as readonly string[] | null;
    const fresh = decision.scopesUsed.filter((scope) => known !== null && !known.includes(scope));
    const sentence = `${fresh.join(", ")} was never used by ${decision.clientId} before.`;
    return {
      baseline: fresh.length === 0 && known !== null ? known : [...(known ?? []), ...decision.scopesUsed],
      finding:
        fresh.length > 0 ? found("NEW_SCOPE", { decision, entity }, { points, severity: "LOW", sentence }) : null,
    };
  },
};

/** A denial of a client, compared with how often its role's is denied. */
const denialBurst: Detector<never> = {
  code: "DENIAL_BURST",
  title: "Denials",
  compares: "Denials with none.",
  parameters: {},
  entitiesOf: ({ clientId, outcome }) => (outcome === "DENY" ? [{ kind: "CLIENT", id: clientId }] : []),
  alsoReads: ({ roles }) => roles.map((id) => ({ kind: "ROLE", id })),
  observe({ baseline, decision, entity, peers }) {
    const known = decision.roles.some((id) => peers.baseline({ kind: "ROLE", id }) !== null);
    const sentence = `Denied once more${known ? ", unlike its role" : ""}.`;
    return {
      baseline: Number(baseline ?? 0) + 1,
      finding: found("DENIAL_BURST", { decision, entity }, { points: 5, severity: "HIGH", sentence }),
    };
  },
};

/** Small ones, for what stands around detectors. */
export const SAMPLE_DETECTORS: readonly Detector[] = [newScope, manyPatients, denialBurst] as readonly Detector[];
