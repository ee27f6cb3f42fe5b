import type { Person } from "../../callers/types.ts";
import type { PageRequest } from "../../kernel/pages.ts";
import type { AlertAct, AlertEvent, AlertSuppressionAct } from "../../record/alertAct.ts";
import type { DetectorCode, Severity, WatchedEntity } from "../detectors/detector.ts";
import type { AlertLife, AlertVerdict, Story } from "../watch/story.ts";

/** A story that people are to look at. Its id is the story's. */
export interface Alert extends Story {
  readonly alert: AlertLife;
  /** The open alert about the patient, of whose viewers this person is one; null: none. */
  readonly partOfId: string | null;
}

/** The person whom an alert is about; null: nobody in particular, as of one about a patient, who has `viewers`. */
export const personOf = ({ entity, subject }: Pick<Alert, "entity" | "subject">): Alert["subject"] =>
  entity.kind === "PATIENT" ? null : subject;

export type AlertState = "OPEN" | "ACKNOWLEDGED" | "CLOSED";

export const stateOf = ({ alert }: Alert): AlertState =>
  alert.closed !== null ? "CLOSED" : alert.acknowledged !== null ? "ACKNOWLEDGED" : "OPEN";

/** In which order alerts come: those of HIGH first, then by rank, points and time, those that are part of another after it and closed ones last; or by when they were opened. */
export type AlertOrder = "RANK" | "NEWEST" | "OLDEST";

export interface AlertPageRequest extends PageRequest<string> {
  /** Absent: `RANK`. */
  readonly orderBy?: AlertOrder;
}

/** What alerts are searched by; all that is given must hold. */
export interface AlertFilter {
  readonly states?: readonly AlertState[] | undefined;
  readonly severity?: Severity | undefined;
  readonly verdict?: AlertVerdict | undefined;
  /** One of its findings is by this one. */
  readonly detector?: DetectorCode | undefined;
  readonly clientId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly patient?: string | undefined;
  /** Opened from then on; milliseconds since 1970. */
  readonly from?: number | undefined;
  /** Opened before then. */
  readonly to?: number | undefined;
}

/** What findings are searched by; all that is given must hold. */
export interface FindingFilter {
  readonly detector?: DetectorCode | undefined;
  readonly shadow?: boolean | undefined;
  readonly suppressed?: boolean | undefined;
  readonly severity?: Severity | undefined;
  readonly clientId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly decisionId?: string | undefined;
  readonly alertId?: string | undefined;
  /** Of decisions made from then on; milliseconds since 1970. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** That for a while no alert is made of what is found of somebody. Times are milliseconds since 1970. */
export interface AlertSuppression {
  readonly id: string;
  /** The alert at which somebody said so; it is about the same client, person or patient. */
  readonly alertId: string;
  /** Null: whatever is found. */
  readonly detector: DetectorCode | null;
  readonly entity: WatchedEntity;
  /** Only looks of that person at this patient; null: whatever is found. */
  readonly patient: string | null;
  readonly from: number;
  readonly until: number;
  /** The id of the caller. */
  readonly by: string;
  readonly reason: string;
  /** That it was ended before its time. */
  readonly ended: { readonly at: number; readonly by: string } | null;
}

const NOTHING_SAID = { verdict: null, cause: null, text: null } as const;

/** A step of an alert as it goes on record. */
export function actOf(alert: Story & Pick<Alert, "alert">, event: AlertEvent): AlertAct {
  const { count, detectors, entity, id: alertId, points, severity } = alert;
  const open = { event, alertId, count, detectors, entity, points, severity };
  const stepOf = (step: { readonly at: number; readonly by: Person }) => ({ at: step.at, author: step.by.callerId });
  const { acknowledged, closed, openedAt, replaced } = alert.alert;
  const takenBack = replaced.at(-1);
  if (event === "REOPENED" && takenBack?.takenBackAt !== undefined) {
    const { by, cause, takenBackAt, verdict } = takenBack;
    return { ...open, ...stepOf({ at: takenBackAt, by }), verdict, cause, text: null, earlier: replaced.length };
  }
  if ((event === "CLOSED" || event === "CORRECTED") && closed !== null) {
    const { cause, text, verdict } = closed;
    const before = replaced.length;
    const earlier = event === "CORRECTED" ? { correction: before } : before > 0 ? { earlier: before } : {};
    return { ...open, ...stepOf(closed), verdict, cause, text, ...earlier };
  }
  if (event === "ACKNOWLEDGED" && acknowledged !== null) return { ...open, ...stepOf(acknowledged), ...NOTHING_SAID };
  return { ...open, at: openedAt, author: null, ...NOTHING_SAID };
}

/** That a suppression begins, or was ended. */
export function suppressionAct(
  { alertId, detector, entity, from, id: suppressionId, patient, until }: AlertSuppression,
  step: Pick<AlertSuppressionAct, "at" | "author" | "event" | "text">,
): AlertSuppressionAct {
  return { suppressionId, alertId, detector, entity, ...(patient !== null && { patient }), from, until, ...step };
}
