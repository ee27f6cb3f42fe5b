import type { Finding, WatchedEntity } from "../detectors/detector.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { type Rank, rankOf } from "./rank.ts";

/** A finding as it is kept. */
export interface KeptFinding extends Required<Omit<Finding, "audience" | "since">> {
  /** Null: nothing was counted. */
  readonly since: number | null;
  /** Null: those who watch over privacy. */
  readonly audience: "OPERATIONS" | null;
  /** Of the decision, the detector and which of the entities it is about: the same finding has the same id, live and on history. */
  readonly id: string;
  readonly rank: Rank;
  /** Of its decision in the journal. */
  readonly position: number;
  readonly clientId: string;
  readonly subject: WatchedDecision["subject"];
  /** Whose data the decision was about, at most `MOST_PATIENTS`; of a finding about a patient that one alone. */
  readonly patients: readonly string[];
  /** Its detector was in SHADOW: it is shown, and tells no story. */
  readonly shadow: boolean;
  /** Whoever looked into it wanted no more of this for a while: it tells no story either. */
  readonly suppressed: boolean;
  /** The story that it is part of; null: none. */
  readonly storyId: string | null;
}

/** Patients that one finding names. */
const MOST_PATIENTS = 20;

function patientsOf({ entity }: Finding, { patients, subject }: WatchedDecision): readonly string[] {
  if (entity.kind === "PATIENT") return [entity.id];
  const ids = patients.map(({ id }) => id);
  if (ids.length <= MOST_PATIENTS) return ids;
  // Who is a patient there stays among them: to a reviewer that person's own name is hidden by it.
  const own = ids.filter((id) => id === subject?.id);
  return [...own, ...ids.filter((id) => id !== subject?.id)].slice(0, MOST_PATIENTS);
}

/** A finding as it is kept; `index` is the entity's place among those that the detector looked at. */
export function keptFinding(
  finding: Finding,
  { decision, index, shadow }: { readonly decision: WatchedDecision; readonly index: number; readonly shadow: boolean },
): KeptFinding {
  return {
    ...finding,
    since: finding.since ?? null,
    audience: finding.audience ?? null,
    // Whole ones, as they are kept.
    points: Math.max(0, Math.round(finding.points)),
    id: `${decision.id}:${finding.detector}:${index}`,
    rank: rankOf(finding, decision),
    position: decision.position,
    clientId: decision.clientId,
    subject: decision.subject,
    patients: patientsOf(finding, decision),
    shadow,
    suppressed: false,
    storyId: null,
  };
}

/** Whose story it is part of: what is about a role is told of who held it. */
export function toldOf({ clientId, entity, subject }: KeptFinding): WatchedEntity {
  if (entity.kind !== "ROLE") return entity;
  return subject === null ? { kind: "CLIENT", id: clientId } : { kind: "SUBJECT", id: `${subject.type}/${subject.id}` };
}
