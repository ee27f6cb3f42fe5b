import type { Person } from "../../callers/types.ts";
import { type AlertResponse, SEVERITIES } from "../../policy/types.ts";
import type { DetectorCode, Severity, WatchedEntity } from "../detectors/detector.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { KeptFinding } from "./keptFinding.ts";

/** TRUE_POSITIVE: it should not have been. FALSE_POSITIVE: there was nothing unusual. EXPECTED: unusual, and for a good reason. */
export type AlertVerdict = "TRUE_POSITIVE" | "FALSE_POSITIVE" | "EXPECTED";

/** What came out, or what made it look unusual. */
export type AlertCause =
  | "SNOOPING"
  | "STOLEN_CREDENTIALS"
  | "MISUSED_PRIVILEGE"
  | "MISCONFIGURED_CLIENT"
  | "MISSING_RELATION"
  | "NEW_DUTIES"
  | "BATCH_JOB"
  | "TEST"
  | "OTHER";

/** Why the service did not impose by itself what the policy has it impose because of an alert. */
export type WithheldBecause =
  | "TOO_LATE"
  | "NOBODY_ALONE"
  | "CARE_CRITICAL"
  | "IN_FORCE"
  | "SUSPENDED_BEFORE"
  | "TOO_MANY_IN_AN_HOUR"
  | "TOO_MANY_IN_FORCE";

/** That it did not. */
export interface WithheldResponse {
  readonly response: AlertResponse;
  readonly because: WithheldBecause;
  readonly at: number;
}

/** What became of a story that is an alert. Times are milliseconds since 1970. */
export interface AlertLife {
  /** When the decision was made that brought it to as many points. */
  readonly openedAt: number;
  readonly acknowledged: { readonly at: number; readonly by: Person } | null;
  readonly closed: {
    readonly at: number;
    readonly by: Person;
    readonly verdict: AlertVerdict;
    readonly cause: AlertCause;
    readonly text: string;
  } | null;
  readonly withheld: readonly WithheldResponse[];
}

/** What was found of one client, subject or patient in `STORY_DAYS`. */
export interface Story {
  /** That of its first finding. */
  readonly id: string;
  readonly entity: WatchedEntity;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly points: number;
  /** Decisions with findings. */
  readonly count: number;
  /** The highest of its findings. */
  readonly severity: Severity;
  /** Of its findings, in the order in which they came. */
  readonly detectors: readonly DetectorCode[];
  /** What all its decisions have in common; null: they differ. */
  readonly clientId: string | null;
  readonly subject: WatchedDecision["subject"];
  readonly patient: string | null;
  readonly lastDecisionId: string;
  /** Null: it is no alert, or not yet. */
  readonly alert: AlertLife | null;
}

/** A week, as one who reads a little every day is seen by what it comes to. */
export const STORY_DAYS = 7;
const STORY_MS = STORY_DAYS * 86_400_000;

/** These say that something is new, or at an odd hour: they add to what others find, and never make an alert alone. */
const NEVER_ALONE: readonly DetectorCode[] = [
  "NEW_SCOPE",
  "NEW_PURPOSE_OR_ORGANIZATION",
  "NEW_NETWORK_OR_COUNTRY",
  "OFF_HOURS",
];

const higher = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? b : a);

/** For so long an alert takes whatever is found; after it, only more of the same, so that it hides nothing else. */
const OPEN_MS = 86_400_000;

/** These are about one matter, whom somebody had a reason to see: one of them after another is more of the same. */
const RELATION: readonly DetectorCode[] = [
  "MANY_PATIENTS",
  "MANY_VIEWERS",
  "UNRELATED_PATIENT",
  "OWN_OR_RELATED_RECORD",
];
const isOfMatter = (detectors: readonly DetectorCode[], code: DetectorCode): boolean =>
  detectors.includes(code) || (RELATION.includes(code) && detectors.some((each) => RELATION.includes(each)));

/**
 * Whether a story goes on with a finding: its week is not over, nobody has closed it, and it is not an alert that people have had for a
 * day, of another matter.
 */
export function goesOn(
  { alert, detectors, firstAt }: Story,
  { at, detector, points }: Pick<KeptFinding, "at" | "detector" | "points">,
): boolean {
  if (at - firstAt >= STORY_MS || (alert?.closed ?? null) !== null) return false;
  return alert === null || points <= 0 || at - alert.openedAt < OPEN_MS || isOfMatter(detectors, detector);
}

const patientOf = ({ patients }: KeptFinding): string | null => (patients.length === 1 ? (patients[0] ?? null) : null);

/** The story that begins with a finding. */
export const storyFrom = (finding: KeptFinding, entity: WatchedEntity): Story => ({
  id: finding.id,
  entity,
  firstAt: finding.at,
  lastAt: finding.at,
  points: finding.points,
  count: 1,
  severity: finding.severity,
  detectors: [finding.detector],
  clientId: finding.clientId,
  subject: finding.subject,
  patient: entity.kind === "PATIENT" ? entity.id : patientOf(finding),
  lastDecisionId: finding.decisionId,
  alert: null,
});

const sameSubject = (a: Story["subject"], b: Story["subject"]): boolean => a?.type === b?.type && a?.id === b?.id;

/** The story with one more finding. */
export const storyWith = (story: Story, finding: KeptFinding): Story => ({
  ...story,
  firstAt: Math.min(story.firstAt, finding.at),
  lastAt: Math.max(story.lastAt, finding.at),
  points: story.points + finding.points,
  count: story.count + (story.lastDecisionId === finding.decisionId ? 0 : 1),
  severity: higher(story.severity, finding.severity),
  detectors: story.detectors.includes(finding.detector) ? story.detectors : [...story.detectors, finding.detector],
  clientId: story.clientId === finding.clientId ? story.clientId : null,
  subject: sameSubject(story.subject, finding.subject) ? story.subject : null,
  patient: story.entity.kind === "PATIENT" || story.patient === patientOf(finding) ? story.patient : null,
  lastDecisionId: finding.decisionId,
});

/** Whether its detectors may make an alert together. What is HIGH stands for itself. */
export const isMoreThanNew = ({ detectors, severity }: Story): boolean =>
  severity === "HIGH" || detectors.length > 1 || detectors.some((code) => !NEVER_ALONE.includes(code));
