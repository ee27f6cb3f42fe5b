import type { Person } from "../../callers/types.ts";
import { type AlertResponse, SEVERITIES } from "../../policy/types.ts";
import type { DetectorCode, Severity, WatchedEntity } from "../detectors/detector.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { KeptFinding } from "./keptFinding.ts";
import { isPair, lookedAt, matterOf, NEVER_ALONE, takesKind } from "./matter.ts";
import { higherRank, type Rank } from "./rank.ts";

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

/** What somebody said of an alert. */
export interface GivenVerdict {
  readonly at: number;
  readonly by: Person;
  readonly verdict: AlertVerdict;
  /** Null: they did not say. */
  readonly cause: AlertCause | null;
  readonly text: string;
}

/** A verdict that no longer stands. */
export interface EarlierVerdict extends GivenVerdict {
  /** When whoever gave it took it back; absent: the next one corrects it. */
  readonly takenBackAt?: number;
}

/** What became of a story that is an alert. Times are milliseconds since 1970. */
export interface AlertLife {
  /** When the decision was made that brought it to as many points. */
  readonly openedAt: number;
  readonly acknowledged: { readonly at: number; readonly by: Person } | null;
  readonly closed: GivenVerdict | null;
  /** The verdicts before it, the oldest first: each was corrected by the next, or taken back. */
  readonly replaced: readonly EarlierVerdict[];
  readonly withheld: readonly WithheldResponse[];
}

/** What was found of one client, subject or patient in `STORY_DAYS`; once it is an alert, all of its matter for as long as it is open. */
export interface Story {
  /** That of its first finding. */
  readonly id: string;
  readonly entity: WatchedEntity;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Of the week in which most was found. */
  readonly points: number;
  /** The week that runs. */
  readonly week: { readonly from: number; readonly points: number };
  /** The highest of its findings. */
  readonly rank: Rank;
  /** What it is about, as an alert (matter.ts); null: it is none, or another open one has its matter. */
  readonly matter: string | null;
  /** The newest alert of the same matter that was closed, and began within `MATTER_DAYS` before it; null: none. */
  readonly earlierId: string | null;
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

const higher = (a: Severity, b: Severity): Severity => (SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? b : a);

/** For so long an alert takes whatever is found; after it, only what is of its matter, so that it hides nothing else. */
const OPEN_MS = 86_400_000;

/** An alert names one of its matter that was closed, and began so long before. */
export const MATTER_DAYS = 30;
const MATTER_MS = MATTER_DAYS * 86_400_000;

export const isOpen = ({ alert }: Story): boolean => alert !== null && alert.closed === null;

/**
 * As if people had closed it, where it is an open alert that began a week before: in a back-test nobody closes any, and one that stayed open would
 * hide all alerts after it.
 */
export function closedAfterWeek(story: Story, at: number): Story {
  const { alert, firstAt } = story;
  if (alert === null || alert.closed !== null || at - firstAt < STORY_MS) return story;
  const by = { callerId: "scopewarden:backtest", subject: null };
  return {
    ...story,
    alert: { ...alert, closed: { at: firstAt + STORY_MS, by, verdict: "EXPECTED", cause: "OTHER", text: "" } },
  };
}

/** Whether it gathers what may become an alert. */
const gathers = ({ alert, firstAt }: Story, at: number): boolean => alert === null && at - firstAt < STORY_MS;

/** Whether an alert that is no day old takes a finding as well: not what would be another matter of the same kind. */
function takesAlso(story: Story, { at, detector, points }: KeptFinding): boolean {
  if (!isOpen(story) || story.alert === null) return false;
  if (points <= 0) return at - story.firstAt < STORY_MS;
  return at - story.alert.openedAt < OPEN_MS && !(isPair(story.matter) && takesKind(story.matter, detector));
}

/**
 * The story that goes on with a finding, of those of its entity in the order in which they began: the open alert of its matter, however
 * old; else the newest, as long as it gathers. A look at a patient that is an alert by itself is one of its own. Null: none goes on.
 */
export function placeOf(stories: readonly Story[], finding: KeptFinding, alertAt: number): Story | null {
  const open = stories.filter(isOpen);
  const newest = stories.at(-1) ?? null;
  const pair = lookedAt(finding);
  const own = pair === null ? undefined : open.find(({ matter }) => matter === pair);
  if (own !== undefined) return own;
  if (pair !== null && finding.points >= alertAt)
    return newest !== null && gathers(newest, finding.at) && newest.patient === patientOf(finding) ? newest : null;
  const standing = open.find(
    ({ detectors, matter }) =>
      matter !== null && !isPair(matter) && detectors.some((code) => takesKind(code, finding.detector)),
  );
  if (standing !== undefined) return standing;
  return newest !== null && (gathers(newest, finding.at) || takesAlso(newest, finding)) ? newest : null;
}

/** A story that has become an alert by a finding of that time; `stories` are those of its entity. */
export function openedAlert(story: Story, at: number, stories: readonly Story[]): Story {
  const matter = matterOf(story);
  const earlier = stories.findLast(
    (each) => each.matter === matter && each.alert !== null && story.firstAt - each.firstAt < MATTER_MS,
  );
  const alert = { openedAt: at, acknowledged: null, closed: null, replaced: [], withheld: [] };
  return { ...story, matter, earlierId: earlier?.id ?? null, alert };
}

const patientOf = ({ patients }: KeptFinding): string | null => (patients.length === 1 ? (patients[0] ?? null) : null);

/** The story that begins with a finding. */
export const storyFrom = (finding: KeptFinding, entity: WatchedEntity): Story => ({
  id: finding.id,
  entity,
  firstAt: finding.at,
  lastAt: finding.at,
  points: finding.points,
  week: { from: finding.at, points: finding.points },
  rank: finding.rank,
  matter: null,
  earlierId: null,
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

/** The week in which a finding is: another begins with the first finding after it. */
const weekWith = ({ week }: Story, { at, points }: KeptFinding): Story["week"] =>
  at - week.from < STORY_MS ? { from: week.from, points: week.points + points } : { from: at, points };

/** The story with one more finding. Looks at the patient of an alert add up no more: the points of each say on how many days there were some. */
export function storyWith(story: Story, finding: KeptFinding): Story {
  const week = isPair(story.matter) ? { from: finding.at, points: finding.points } : weekWith(story, finding);
  return {
    ...story,
    firstAt: Math.min(story.firstAt, finding.at),
    lastAt: Math.max(story.lastAt, finding.at),
    points: Math.max(story.points, week.points),
    week,
    rank: higherRank(story.rank, finding.rank),
    count: story.count + (story.lastDecisionId === finding.decisionId ? 0 : 1),
    severity: higher(story.severity, finding.severity),
    detectors: story.detectors.includes(finding.detector) ? story.detectors : [...story.detectors, finding.detector],
    clientId: story.clientId === finding.clientId ? story.clientId : null,
    subject: sameSubject(story.subject, finding.subject) ? story.subject : null,
    patient: story.entity.kind === "PATIENT" || story.patient === patientOf(finding) ? story.patient : null,
    lastDecisionId: finding.decisionId,
  };
}

/** Whether its detectors may make an alert together. What is HIGH stands for itself. */
export const isMoreThanNew = ({ detectors, severity }: Story): boolean =>
  severity === "HIGH" || detectors.length > 1 || detectors.some((code) => !NEVER_ALONE.includes(code));
