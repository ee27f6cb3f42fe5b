import type { Person } from "../../callers/types.ts";
import type { SubjectName } from "../../consent/accessRequests/accessRequest.ts";
import { day, minute } from "../../kernel/time.ts";
import type { InquiryAct } from "../../record/inquiryAct.ts";

/** What a person says that an access was for. NOT_ME: somebody else acted in this name. */
export type InquiryReason =
  | "TREATMENT"
  | "CONSULTATION"
  | "ADMINISTRATION"
  | "QUALITY_OR_TEACHING"
  | "ASKED_BY_PATIENT"
  | "OWN_OR_RELATED"
  | "MISTAKE"
  | "NOT_ME"
  | "OTHER";

/** An access that is asked about, as it was decided. */
export interface AskedAccess {
  readonly decisionId: string;
  /** Who asked for the decision; absent: it is not known, and is nobody. */
  readonly callerId?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Null: it was a token. */
  readonly action: string | null;
  readonly resourceType: string | null;
  /** All when it is kept; `named` of them when it is shown. */
  readonly patients: readonly string[];
  readonly patientCount: number;
}

/** So many patients of an access are named at most; of more, their count is told. */
const MOST_NAMED = 20;
export const named = (patients: readonly string[]): readonly string[] => patients.slice(0, MOST_NAMED);

/** A question to the person whom an alert is about. Times are milliseconds since 1970. */
export interface KeptInquiry {
  readonly id: string;
  /** Empty: it is not shown; likewise who asked. */
  readonly alertId: string;
  /** Who is asked. */
  readonly subject: SubjectName;
  readonly accesses: readonly AskedAccess[];
  /** Why, as whoever asked said; not for the person. */
  readonly reason: string;
  readonly askedAt: number;
  readonly askedBy: Person;
  /** Until when it can be answered. */
  readonly endsAt: number;
  readonly answered: InquiryAnswer | null;
  readonly withdrawn: { readonly at: number; readonly by: string; readonly reason: string } | null;
}

export interface InquiryAnswer {
  readonly at: number;
  /** The id of the caller who brought it; empty: it is not shown. */
  readonly by: string;
  /** Who answered: the person who was asked. */
  readonly answeredBy: SubjectName;
  readonly reasonCode: InquiryReason;
  readonly text: string;
}

export type InquiryState = "OPEN" | "ANSWERED" | "WITHDRAWN" | "EXPIRED";

/** An inquiry as it is now. */
export interface Inquiry extends KeptInquiry {
  readonly state: InquiryState;
}

export const inquiryAt = (kept: KeptInquiry, now: number): Inquiry => ({
  ...kept,
  state:
    kept.answered !== null
      ? "ANSWERED"
      : kept.withdrawn !== null
        ? "WITHDRAWN"
        : kept.endsAt <= now
          ? "EXPIRED"
          : "OPEN",
});

type Subject = KeptInquiry["subject"];
export const isSameSubject = (a: Subject | null, b: Subject | null): boolean => a?.type === b?.type && a?.id === b?.id;

/** Whether a question belongs to an alert: it was asked because of it, or of the one about the patient of which this person's is a part. */
export const isAskedAbout = (
  { alertId, subject }: KeptInquiry,
  alert: { readonly id: string; readonly partOfId: string | null; readonly subject: Subject | null },
): boolean => alertId === alert.id || (alertId === alert.partOfId && isSameSubject(subject, alert.subject));

/** The days of its accesses in UTC, each once, the first first. */
export const datesOf = ({ accesses }: Pick<KeptInquiry, "accesses">): readonly string[] =>
  [...new Set(accesses.map(({ at }) => day(at)))].sort();

/** The last step of an inquiry, as it stands after it. */
export function actOf(kept: KeptInquiry): InquiryAct {
  const { accesses, alertId, answered, endsAt, id: inquiryId, subject, withdrawn } = kept;
  const about = { alertId, dates: datesOf(kept), decisionIds: accesses.map(({ decisionId }) => decisionId) };
  const open = { ...about, endsAt, inquiryId, subject, answeredBy: null, reasonCode: null };
  if (answered !== null) {
    const { answeredBy, at, by: author, reasonCode, text } = answered;
    return { ...open, event: "ANSWERED", answeredBy, at, author, reasonCode, text };
  }
  if (withdrawn !== null)
    return { ...open, event: "WITHDRAWN", at: withdrawn.at, author: withdrawn.by, text: withdrawn.reason };
  return { ...open, event: "ASKED", at: kept.askedAt, author: kept.askedBy.callerId, text: kept.reason };
}

/**
 * What the person is asked, in plain words: which accesses, when, and to whose data. It says nothing of what made anybody ask.
 */
export function questionOf({ accesses }: Pick<KeptInquiry, "accesses">): string {
  const lines = accesses.map(({ action, at, patientCount, patients, resourceType }) => {
    const what = action === null ? "a token" : `${action} of ${resourceType}`;
    const more = patientCount > MOST_NAMED ? ` and ${patientCount - MOST_NAMED} more` : "";
    const whose = patients.length === 0 ? "" : `, patient ${named(patients).join(", ")}${more}`;
    return `- ${minute(at)}: ${what}${whose}`;
  });
  const begin =
    accesses.length === 1
      ? "This access to data was made in your name:"
      : "These accesses to data were made in your name:";
  const end = accesses.length === 1 ? "Please say what it was for." : "Please say what they were for.";
  return [begin, ...lines, `${end} If it was not you, say so.`].join("\n");
}
