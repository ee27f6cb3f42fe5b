import { accessRequestKind } from "../../domain/consent/accessRequests/accessRequestKind.ts";
import { breakGlassKind } from "../../domain/consent/breakGlass/breakGlassKind.ts";
import { restrictionKind } from "../../domain/decisions/restrictions/restrictionKind.ts";
import { inquiryKind } from "../../domain/monitoring/responses/inquiryKind.ts";
import { campaignKind } from "../../domain/monitoring/reviews/campaignKind.ts";
import { accessRequestReminder } from "../../domain/monitoring/webhooks/accessRequestNotifications.ts";
import { overdueReview } from "../../domain/monitoring/webhooks/breakGlassNotifications.ts";
import { unansweredInquiry } from "../../domain/monitoring/webhooks/inquiryNotifications.ts";
import type { Notification } from "../../domain/monitoring/webhooks/notification.ts";
import { endedRestriction } from "../../domain/monitoring/webhooks/restrictionNotifications.ts";
import { dueReview, overdueAccessReview } from "../../domain/monitoring/webhooks/reviewNotifications.ts";
import { endedUndecided } from "../cases/caseSql.ts";
import { caseColumns, caseRow } from "../cases/caseTable.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** When it is reminded of what, in milliseconds; 0: never. */
export interface ReminderTimes {
  /** How long an access request has waited. */
  readonly waitingMs: number;
  /** How long before its end access for a while is reminded of; at most half of its time. */
  readonly endingMs: number;
}

/** Something that people are reminded of, each of its rows once. */
interface ReminderSource {
  /** A SELECT of the rows that are due, which ends in a condition; and how its `?` are bound at a time, null: none is due. */
  readonly due: string;
  readonly values: (now: number, times: ReminderTimes) => readonly number[] | null;
  /** The id of the reminder in SQL, as `remind` makes it. */
  readonly id: string;
  readonly remind: (row: RawRow, now: number) => Notification;
}

const ACCESS_REQUESTS = `SELECT ${columnList(caseColumns)} FROM case_file AS due WHERE "kind" = 'ACCESS_REQUEST' AND`;

const waitingRequests: ReminderSource = {
  due: `${ACCESS_REQUESTS} NOT "is_over" AND "ends_at" > ? AND "opened_at" <= ?`,
  values: (now, { waitingMs }) => (waitingMs === 0 ? null : [now, now - waitingMs]),
  id: `'reminder:access-request:' || due."id" || ':waiting'`,
  remind: (row, now) => accessRequestReminder({ ...accessRequestKind.caseOf(caseRow(row)), state: "OPEN" }, now),
};

const endingAccess: ReminderSource = {
  due: `${ACCESS_REQUESTS} "state" = 'APPROVED' AND "ends_at" > ? AND "ends_at" <= ?
    AND "ends_at" + "decided_at" <= ?`,
  values: (now, { endingMs }) => (endingMs === 0 ? null : [now, now + endingMs, 2 * now]),
  id: `'reminder:access-request:' || due."id" || ':ending'`,
  remind: (row, now) => accessRequestReminder({ ...accessRequestKind.caseOf(caseRow(row)), state: "APPROVED" }, now),
};

const overdueReviews: ReminderSource = {
  due: endedUndecided(breakGlassKind, "due_at"),
  values: (now) => [now],
  id: `'reminder:break-glass:' || due."id" || ':overdue'`,
  remind: (row, now) => overdueReview(breakGlassKind.caseOf(caseRow(row)), now),
};

const dueReviews: ReminderSource = {
  due: `SELECT ${columnList(caseColumns)} FROM case_file AS due WHERE "kind" = 'REVIEW_CAMPAIGN' AND "state" = 'OPEN' AND "due_at" <= ?`,
  values: (now) => [now],
  id: `'reminder:access-review:' || due."id" || ':due'`,
  remind: (row, now) => dueReview(campaignKind.caseOf(caseRow(row)), now),
};

const overdueAccessReviews: ReminderSource = {
  due: `${endedUndecided(campaignKind)} AND "state" <> 'PROPOSED'`,
  values: (now) => [now],
  id: `'reminder:access-review:' || due."id" || ':overdue'`,
  remind: (row, now) => overdueAccessReview(campaignKind.caseOf(caseRow(row)), now),
};

const unansweredInquiries: ReminderSource = {
  due: endedUndecided(inquiryKind),
  values: (now) => [now],
  id: `'reminder:inquiry:' || due."id" || ':unanswered'`,
  remind: (row, now) => unansweredInquiry(inquiryKind.caseOf(caseRow(row)), now),
};

const endedRestrictions: ReminderSource = {
  due: endedUndecided(restrictionKind),
  values: (now) => [now],
  id: `'reminder:restriction:' || due."id" || ':ended'`,
  remind: (row, now) => endedRestriction(restrictionKind.caseOf(caseRow(row)), now),
};

/** All that people are reminded of. */
export const REMINDERS: readonly ReminderSource[] = [
  waitingRequests,
  endingAccess,
  overdueReviews,
  dueReviews,
  overdueAccessReviews,
  unansweredInquiries,
  endedRestrictions,
];
