import { withConditions } from "../decisions/filter.ts";
import { BREAK_GLASS, noticeParts, STEP_UP } from "../decisions/ownObligations.ts";
import { patientsOf } from "../decisions/patientsOf.ts";
import type { Reason } from "../decisions/reason.ts";
import type { DecisionRecord, RequestContext, Resource, Subject } from "../decisions/types.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Pseudonym } from "../kernel/ports.ts";
import type { Obligation } from "../policy/types.ts";

/** Whether by the id and the times of an obligation a person is found: of a restriction always, whose alert may hide whom the decision names. */
const isNaming = ({ type }: Obligation, isHidden: boolean): boolean =>
  type === STEP_UP || (type === BREAK_GLASS && isHidden);

/** A notice without the consents that it names: who asks about the patient by name is told the same ids. */
const withoutConsents = (obligation: Obligation): Obligation => noticeParts(obligation)[1];

const of = (pseudonym: Pseudonym, text: string | null): string | null => (text === null ? null : pseudonym(text));

const resourceOf = (resource: Resource, pseudonym: Pseudonym): Resource => ({
  ...resource,
  attributes: null,
  id: of(pseudonym, resource.id),
  patient: of(pseudonym, resource.patient),
  patients: resource.patients?.map(pseudonym) ?? null,
});

const contextOf = (context: RequestContext, pseudonym: Pseudonym): RequestContext => ({
  ...context,
  attributes: null,
  ipAddress: of(pseudonym, context.ipAddress),
  patient: of(pseudonym, context.patient),
  tokenId: null,
  userAgent: null,
});

/** Its alert may show under a pseudonym whom this decision names, or the other way round. */
const withoutRestriction = (reason: Reason): Reason =>
  reason.code === "SUSPENDED_FOR_REVIEW" && reason.parameters.of === "SUBJECT"
    ? { ...reason, parameters: { endsAt: null, id: null, of: "SUBJECT" } }
    : reason;

/** What the engine says of a condition can hold values of attributes; what a request said otherwise can be a patient. */
function reasonOf(
  reason: Reason,
  { isHidden, nameOf }: { readonly nameOf: Pseudonym; readonly isHidden: boolean },
): Reason {
  if (reason.code === "NO_MATCHING_RULE" && reason.personal !== undefined && "subject" in reason.personal) {
    const { id, type } = reason.personal.subject;
    const name = nameOf(id);
    return name === id ? reason : { ...reason, personal: { subject: { id: name, type } } };
  }
  if (reason.code === "SUSPENDED_FOR_REVIEW") return withoutRestriction(reason);
  if (reason.code === "BREAK_GLASS" && isHidden) return { ...reason, parameters: { ...reason.parameters, id: null } };
  // Where one is open for a patient who has a pseudonym would tell whose it is.
  const isElsewhere =
    reason.code === "BREAK_GLASS_REQUIRED" && reason.personal !== undefined && "openAt" in reason.personal;
  if (reason.code !== "CONDITION_ERROR" && reason.code !== "FACTS_DISAGREE" && !(isElsewhere && isHidden))
    return reason;
  const { personal: _, ...open } = reason;
  return open;
}

/** Whether whoever asked is a patient whom the record names: a name beside a pseudonym would tell whose that is. */
function isOwn({ patients, request }: DecisionRecord, { id, type }: Pick<Subject, "id" | "type">): boolean {
  const named = "resource" in request ? patientsOf(request.resource) : [];
  return (
    type === PATIENT_TYPE || request.context?.patient === id || named.includes(id) || patients?.includes(id) === true
  );
}

/** The ids of subjects as they are shown: of a patient who asks for what is their own, and of `own`, it is their pseudonym. */
export function subjectNames(
  record: DecisionRecord,
  pseudonym: Pseudonym,
  own: ReadonlySet<string> = new Set(),
): Pseudonym {
  const { subject } = record.request;
  return (id) =>
    id !== null && subject !== null && subject.id === id && (own.has(id) || isOwn(record, subject))
      ? pseudonym(id)
      : id;
}

/** What was erased is null, and has no name. */
const sparing =
  (pseudonym: Pseudonym): Pseudonym =>
  (text) =>
    text === null ? text : pseudonym(text);

/** A filter may name the patient whom a search is confined to, and what consents ask for those who wrote the data. */
const obligationOf = (obligation: Obligation, pseudonym: Pseudonym): Obligation =>
  withConditions(obligation, (part) => {
    switch (part.type) {
      case "patient":
        return { ...part, patient: pseudonym(part.patient) };
      case "authors":
        return { ...part, authors: part.authors?.map(pseudonym) ?? null };
      case "references":
        return {
          ...part,
          references: part.references?.map((each) => ({ ...each, reference: pseudonym(each.reference) })) ?? null,
        };
      default:
        return part;
    }
  });

/** Of a decision the subjects who are patients elsewhere in what was found with it: what it is shown with, by its id, says so. */
export type OwnSubjects = (decisionId: string) => Promise<ReadonlySet<string>>;

/**
 * A record as reviewers see it, who judge the policy and not patients: patients, resource ids and addresses are stable
 * pseudonyms, so that what is about one patient is seen to be; attributes are left out, and what the directory knew. Subjects, whose access is
 * reviewed, keep their names, but for patients who ask for what is their own, and those whom what it is shown with says to be patients (`own`).
 */
export function pseudonymised(
  { facts: _, ...record }: DecisionRecord,
  namesOf: Pseudonym,
  own?: ReadonlySet<string>,
): DecisionRecord {
  const pseudonym = sparing(namesOf);
  const nameOf = subjectNames(record, pseudonym, own);
  const { request } = record;
  const isHidden = request.subject !== null && nameOf(request.subject.id) !== request.subject.id;
  const shown = { nameOf, isHidden };
  const obligations = record.obligations.map((obligation) =>
    isNaming(obligation, isHidden)
      ? { ...obligation, parameters: {} }
      : obligationOf(withoutConsents(obligation), pseudonym),
  );
  const context = request.context === null ? null : contextOf(request.context, pseudonym);
  const subject =
    request.subject === null ? null : { ...request.subject, id: nameOf(request.subject.id), attributes: null };
  const reasons = record.reasons.map((each) => reasonOf(each, shown));
  if (record.kind === "GRANT") {
    const scopes = record.details.scopes.map((each) => ({
      ...each,
      reasons: each.reasons.map((one) => reasonOf(one, shown)),
    }));
    const details = { ...record.details, scopes };
    return {
      ...record,
      details,
      obligations,
      reasons,
      request: { ...record.request, context, requestId: null, subject },
    };
  }
  const resource = resourceOf(record.request.resource, pseudonym);
  const patients = record.patients?.map(pseudonym);
  return {
    ...record,
    ...(patients && { patients }),
    obligations,
    reasons,
    request: { ...record.request, context, requestId: null, resource, subject },
  };
}
