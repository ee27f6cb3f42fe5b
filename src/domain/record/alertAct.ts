import { type OnRecord, OPEN, open, PERSONAL, type Personal, stepId, writerOf } from "./onRecord.ts";

/** What happens to an alert. OPENED: by what was found; the others are steps that people take. CORRECTED: another verdict is in the place of the one before. REOPENED: whoever closed it took the verdict back. */
export type AlertEvent = "OPENED" | "ACKNOWLEDGED" | "CLOSED" | "CORRECTED" | "REOPENED";

/** Whom an alert, or a suppression, is about: a client, a person (`type/id`) or a patient. */
interface AlertEntity {
  readonly kind: string;
  readonly id: string;
}

/** A step in the life of an alert, with what it rests on then. */
export interface AlertAct {
  readonly event: AlertEvent;
  readonly alertId: string;
  readonly entity: AlertEntity;
  readonly severity: string;
  readonly detectors: readonly string[];
  readonly points: number;
  readonly count: number;
  /** When, in milliseconds since 1970; of OPENED when the decision was made that opened it. */
  readonly at: number;
  /** The id of the caller who took the step; of OPENED null: the service itself. */
  readonly author: string | null;
  /** Of CLOSED and CORRECTED, as the next two; of REOPENED what was taken back, without its text. */
  readonly verdict: string | null;
  /** Null beside a verdict: it was not said. */
  readonly cause: string | null;
  readonly text: string | null;
  /** Of CORRECTED how many verdicts stood before it. */
  readonly correction?: number;
  /** Likewise of REOPENED, and of CLOSED where an earlier verdict was taken back. */
  readonly earlier?: number;
}

/** That for a while nobody wants to hear of what an alert is about, and that this was ended before its time. */
export interface AlertSuppressionAct {
  readonly event: "BEGUN" | "ENDED";
  readonly suppressionId: string;
  readonly alertId: string;
  readonly entity: AlertEntity;
  /** Absent: of whatever is found; else of looks at this patient alone. */
  readonly patient?: string;
  /** Null: of all detectors. */
  readonly detector: string | null;
  readonly from: number;
  readonly until: number;
  readonly at: number;
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
}

const ofClient = writerOf(open("kind", "id"));
const ofPerson = writerOf({ kind: OPEN, id: PERSONAL });
/** A client is nobody. */
const entity = (of: AlertEntity, path: string, personal: Personal): string =>
  (of.kind === "CLIENT" ? ofClient : ofPerson)(of, path, personal);

export const alertOnRecord = {
  words: "A step in the life of an alert.",
  format: 1,
  id: (act, once) => stepId("alert", "alertId")(act, once === "" ? `${act.correction ?? act.earlier ?? ""}` : once),
  time: "at",
  members: {
    ...open("event", "alertId", "severity", "detectors", "points", "count", "at", "author", "verdict", "cause"),
    correction: OPEN,
    earlier: OPEN,
    entity,
    text: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<AlertAct>;

export const alertSuppressionOnRecord = {
  words: "Alerts about somebody are suppressed for a while, or that was ended.",
  format: 1,
  id: stepId("alert-suppression", "suppressionId"),
  time: "at",
  members: {
    ...open("event", "suppressionId", "alertId", "detector", "from", "until", "at", "author"),
    entity,
    patient: PERSONAL,
    text: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<AlertSuppressionAct>;
