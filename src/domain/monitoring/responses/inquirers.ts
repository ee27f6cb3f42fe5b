import { seesAccesses } from "../../callers/permissions.ts";
import { asNamed, isSurelySamePerson, samePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { type AboutAlert, requireNotHidden, requireNotNamed } from "../alerts/whoMay.ts";
import type { InquiryState, KeptInquiry } from "./inquiry.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/** Whether a caller says to be who is asked, by whatever key or token. */
export const isAsked = (caller: Identity, { subject }: Pick<KeptInquiry, "subject">): boolean =>
  isSurelySamePerson(caller, asNamed(subject));

type Seen = Pick<KeptInquiry, "accesses" | "subject">;

/** Whether it shows this question to people and brings their answers: a service does, about decisions that it asked for itself. */
const speaksForPeople = ({ id, roles }: Identity, { accesses }: Seen): boolean =>
  roles.has("service") && accesses.length > 0 && accesses.every(({ callerId }) => callerId === id);

/** Reviewers and auditors see all, who is asked their own, and a service those about decisions that it asked for itself. */
export const seesInquiry = (caller: Identity, inquiry: Seen): boolean =>
  seesAccesses(caller) || speaksForPeople(caller, inquiry) || isAsked(caller, inquiry);

const askedIt = (caller: Identity, { askedBy }: KeptInquiry): boolean =>
  caller.id === askedBy.callerId ||
  (caller.subject !== null && askedBy.subject !== null && samePerson(caller, askedBy));

/** What is said of who answers; null: nothing. */
type AnsweredBy = KeptInquiry["subject"] | null;

/**
 * Who is asked answers, or the service that asked for all the decisions says that they did. Whoever asked brings no answer: nobody makes evidence for their own question.
 * @throws ScopewardenError FORBIDDEN
 */
export function requireMayAnswer(caller: Identity, inquiry: KeptInquiry, answeredBy: AnsweredBy): void {
  const { subject } = inquiry;
  if (answeredBy !== null && (answeredBy.id !== subject.id || answeredBy.type !== subject.type))
    throw forbidden("An inquiry is answered by the person who is asked, and by nobody else.");
  if (askedIt(caller, inquiry)) throw forbidden("Who asks does not bring the answer.");
  if (isAsked(caller, inquiry)) return;
  if (!speaksForPeople(caller, inquiry))
    throw forbidden("An inquiry is answered by the person who is asked, with a key or token of theirs.");
  if (answeredBy === null)
    throw forbidden("This caller is not who is asked: answeredBy must say that it speaks for that person.");
}

/** Who may answer or withdraw it; the facts are whom its alert is about, null where there is no such alert. */
export const INQUIRY_STEPS: CaseSteps<"answer" | "withdraw", KeptInquiry, InquiryState, AboutAlert | null> = {
  answer: {
    field: "answerInquiry",
    from: ["OPEN"],
    // A service shows it to the person: it does not wait for the service.
    isAwaited: isAsked,
    // A service says for whom it answers, which only the call can tell.
    require: (caller, inquiry) => requireMayAnswer(caller, inquiry, isAsked(caller, inquiry) ? null : inquiry.subject),
  },
  withdraw: {
    field: "withdrawInquiry",
    from: ["OPEN"],
    require(caller, _, alert) {
      if (alert !== null) requireNotNamed(caller, alert);
    },
    requireHidden(caller, _, alert) {
      if (alert !== null) requireNotHidden(caller, alert);
    },
  },
};
