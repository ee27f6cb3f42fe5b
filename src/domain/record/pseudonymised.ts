import { withConditions } from "../decisions/filter.ts";
import { BREAK_GLASS, noticeParts, STEP_UP } from "../decisions/ownObligations.ts";
import { patientsOf } from "../decisions/patientsOf.ts";
import type { Reason } from "../decisions/reason.ts";
import type { DecisionRecord, RequestContext, Resource, Subject } from "../decisions/types.ts";
import type { Json } from "../kernel/canonical.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Pseudonym } from "../kernel/ports.ts";
import { isObject } from "../kernel/reader.ts";
import type { Obligation } from "../policy/types.ts";
import { isProtocolScope } from "../scopes/protocol.ts";
import { parseSmartScope } from "../scopes/smart.ts";

/** What stands for a text that is no scope, and may be anything. */
const UNKNOWN = "...";

/** Texts of scopes as they are shown: without constraints, which may name somebody; of one that no policy and no standard knows nothing. */
function scopesShown({ reasons, scope }: DecisionRecord): (text: string) => string {
  const known = new Set([scope, ...reasons.flatMap(({ code, scope: of }) => (code === "UNKNOWN_SCOPE" ? [] : [of]))]);
  return (text) =>
    known.has(text) || parseSmartScope(text) !== null || isProtocolScope(text) ? withoutConstraints(text) : UNKNOWN;
}

/** Scopes in a text, with what they are without constraints. */
export const withoutConstraints = (text: string): string =>
  text.replace(/\b((?:patient|user|system)\/[^\s?]*)\?[^\s"]*[^\s",;]/g, "$1?...");

/** Members that have values of a constraint, in what a reason says of why a scope was not enough. */
const VALUES: ReadonlySet<string> = new Set(["code", "values"]);

/** What a reason says, without constraints of scopes and their values. */
function openly(said: Json, name = ""): Json {
  if (typeof said === "string") return VALUES.has(name) ? UNKNOWN : withoutConstraints(said);
  if (Array.isArray(said)) return (said as readonly Json[]).map((each) => openly(each, name));
  if (!isObject(said)) return said;
  return Object.fromEntries(Object.entries(said).map(([key, value]) => [key, openly(value as Json, key)]));
}

function openReason(reason: Reason, shown: (scope: string) => string): Reason {
  const scope = reason.scope === null ? null : shown(reason.scope);
  // What it says of such a text quotes it.
  if (reason.code === "UNKNOWN_SCOPE")
    return { code: reason.code, role: reason.role, ruleId: reason.ruleId, scope: UNKNOWN };
  if (!("parameters" in reason)) return { ...reason, scope } as Reason;
  return { ...reason, scope, parameters: openly(reason.parameters as unknown as Json) } as unknown as Reason;
}

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

/** `owner`: whose address it is, where that is hidden: under one that others have, too, it would tell who it is. */
const contextOf = (context: RequestContext, pseudonym: Pseudonym, owner: string | null): RequestContext => ({
  ...context,
  attributes: null,
  ipAddress: of(
    pseudonym,
    context.ipAddress === null || owner === null ? context.ipAddress : JSON.stringify([context.ipAddress, owner]),
  ),
  patient: of(pseudonym, context.patient),
  tokenId: null,
  userAgent: null,
});

/** Its alert may show under a pseudonym whom this decision names, or the other way round. */
const withoutRestriction = (reason: Reason): Reason =>
  reason.code === "SUSPENDED_FOR_REVIEW" && reason.parameters.of === "SUBJECT"
    ? { ...reason, parameters: { endsAt: null, id: null, of: "SUBJECT" } }
    : reason;

/** Where a patient holds a role, and since when or until when, few others do: assignments are listed with whose they are. */
function withoutAssignment(reason: Reason): Reason {
  if (reason.code === "ALLOWED_BY_RULE" && reason.parameters !== undefined)
    return { ...reason, parameters: { ...reason.parameters, organization: UNKNOWN } };
  if (reason.code !== "NO_MATCHING_RULE" || reason.parameters.notNow === undefined) return reason;
  const { notNow: _, ...parameters } = reason.parameters;
  return { ...reason, parameters };
}

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
      case "constraint":
        return { ...part, constraint: UNKNOWN };
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
 * pseudonyms, so that what is about one patient is seen to be; attributes are left out, constraints of scopes, which may name somebody, and what
 * the directory knew. Subjects, whose access is
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
  const scopeOf = scopesShown(record);
  const isHidden = request.subject !== null && nameOf(request.subject.id) !== request.subject.id;
  const shown = { nameOf, isHidden };
  const obligations = record.obligations.map((obligation) =>
    isNaming(obligation, isHidden)
      ? { ...obligation, parameters: {} }
      : obligationOf(withoutConsents(obligation), pseudonym),
  );
  const context =
    request.context === null
      ? null
      : contextOf(request.context, pseudonym, isHidden ? (request.subject?.id ?? null) : null);
  const subject =
    request.subject === null
      ? null
      : {
          ...request.subject,
          id: nameOf(request.subject.id),
          attributes: null,
          ...(isHidden && { organization: null, roles: null }),
        };
  const reasonShown = (each: Reason): Reason => {
    const open = openReason(reasonOf(each, shown), scopeOf);
    return isHidden ? withoutAssignment(open) : open;
  };
  const reasons = record.reasons.map(reasonShown);
  const scope = record.scope === null ? null : scopeOf(record.scope);
  const scopes = record.request.scopes?.map(scopeOf) ?? null;
  const enough = record.sufficientScopes && { sufficientScopes: record.sufficientScopes.map(withoutConstraints) };
  if (record.kind === "GRANT") {
    const ofScopes = record.details.scopes.map((each) => ({
      ...each,
      reasons: each.reasons.map(reasonShown),
      requested: scopeOf(each.requested),
      scopes: each.scopes.map(scopeOf),
      successor: each.successor === null ? null : withoutConstraints(each.successor),
    }));
    const details = { scopes: ofScopes, newScopes: record.details.newScopes.map(scopeOf) };
    const asked = { scopes: record.request.scopes.map(scopeOf), heldScopes: record.request.heldScopes.map(scopeOf) };
    return {
      ...record,
      ...enough,
      details,
      obligations,
      reasons,
      scope,
      request: { ...record.request, ...asked, context, requestId: null, subject },
    };
  }
  const resource = resourceOf(record.request.resource, pseudonym);
  const patients = record.patients?.map(pseudonym);
  return {
    ...record,
    ...enough,
    ...(patients && { patients }),
    obligations,
    reasons,
    scope,
    request: { ...record.request, context, requestId: null, resource, scopes, subject },
  };
}
