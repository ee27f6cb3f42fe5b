import type { Consent, ConsentException, DataTerms, EarlierTerms, RecipientTerms } from "../consent/types.ts";
import { PERSONAL_MEMBERS, withConditions } from "../decisions/filter.ts";
import { noticeParts } from "../decisions/ownObligations.ts";
import type { Reason } from "../decisions/reason.ts";
import type {
  AccessRecord,
  AccessRequest,
  BreakGlassName,
  ConsentName,
  DecisionRecord,
  EntityName,
  FactName,
  GrantRecord,
  GrantRequest,
  RequestContext,
  Resource,
  RestrictionName,
  Subject,
} from "../decisions/types.ts";
import { canonicalJson, isInOrder, type Json } from "../kernel/canonical.ts";
import type { Obligation } from "../policy/types.ts";
import type { Act } from "./acts.ts";
import type { AlertEntity } from "./alertAct.ts";
import { partsOfFilter } from "./auditAct.ts";

/**
 * How a record is kept, so that what identifies people can be erased later, field by field, while what is left still
 * proves itself.
 *
 * `record` is the record without the values that identify people: such a member is absent from it, or null where the
 * record has null. `personal` has those values by their path from the root of the record (`request.subject.id`). Both are
 * canonical JSON.
 *
 * Each row has a random salt. A field is committed to as SHA-256(field salt, value), its salt being
 * HMAC-SHA-256(row salt, path): so nothing of it needs to be computed when an act is written, and a commitment tells
 * nothing of a value that could be guessed. To erase one field, its commitment takes the place of its value, the salts of
 * the fields that are left are written out, and the row's salt goes: from it the erased field's could be derived.
 */
export interface Parts {
  readonly record: string;
  readonly personal: string;
}
type Personal = { [path: string]: Json | undefined };

/** Every member of T, so that a new one must be judged here; absent, by being undefined, where it is personal. */
type Open<T> = { readonly [Member in keyof T]-?: T[Member] | undefined };

/** The place of a personal value: null if there is none. */
const without = (value: unknown): null | undefined => (value === null ? null : undefined);

const openContext = (context: RequestContext): Open<RequestContext> => ({
  attributes: without(context.attributes),
  ipAddress: without(context.ipAddress),
  patient: without(context.patient),
  region: context.region,
  tokenId: without(context.tokenId),
  userAgent: without(context.userAgent),
});
const openResource = (resource: Resource): Open<Resource> => ({
  attributes: without(resource.attributes),
  id: without(resource.id),
  labels: resource.labels,
  organization: resource.organization,
  patient: without(resource.patient),
  patients: without(resource.patients),
  type: resource.type,
});
const openSubject = (subject: Subject): Open<Subject> => ({
  attributes: without(subject.attributes),
  id: undefined,
  organization: subject.organization,
  roles: subject.roles,
  type: subject.type,
});

type OpenRequest<T> = { readonly [Member in keyof T]-?: unknown };

function openRequest(request: AccessRequest | GrantRequest): OpenRequest<AccessRequest> | OpenRequest<GrantRequest> {
  const context = request.context === null ? null : openContext(request.context);
  const subject = request.subject === null ? null : openSubject(request.subject);
  const requestId = without(request.requestId);
  if ("resource" in request) {
    const { action, asSent, clientId, purposeOfUse, scopes } = request;
    return {
      action,
      asSent,
      clientId,
      context,
      purposeOfUse,
      requestId,
      resource: openResource(request.resource),
      scopes,
      subject,
    };
  }
  const { asSent, clientId, heldScopes, languages, purposeOfUse, scopes } = request;
  return { asSent, clientId, context, heldScopes, languages, purposeOfUse, requestId, scopes, subject };
}

function personalOfRequest(request: AccessRequest | GrantRequest): Personal {
  const { context, requestId, subject } = request;
  const resource = "resource" in request ? request.resource : null;
  return {
    "request.context.attributes": context?.attributes ?? undefined,
    "request.context.ipAddress": context?.ipAddress ?? undefined,
    "request.context.patient": context?.patient ?? undefined,
    "request.context.tokenId": context?.tokenId ?? undefined,
    "request.context.userAgent": context?.userAgent ?? undefined,
    "request.requestId": requestId ?? undefined,
    "request.resource.attributes": resource?.attributes ?? undefined,
    "request.resource.id": resource?.id ?? undefined,
    "request.resource.patient": resource?.patient ?? undefined,
    "request.resource.patients": resource?.patients ?? undefined,
    "request.subject.attributes": subject?.attributes ?? undefined,
    "request.subject.id": subject?.id,
  };
}

/** The reasons without the parameters that identify people, which go to `personal`. */
function openReasons(reasons: readonly Reason[], path: string, personal: Personal): readonly Reason[] {
  if (!reasons.some((reason) => "personal" in reason)) return reasons;
  return reasons.map((reason, i) => {
    if (!("personal" in reason)) return reason;
    const { personal: own, ...open } = reason;
    personal[`${path}.${i}.personal`] = own as Json;
    return open;
  });
}

/** A notice without the consents that it names: their ids may be anybody's. */
function openNotice(obligation: Obligation, at: string, personal: Personal): Obligation {
  const [consents, open] = noticeParts(obligation);
  if (consents !== undefined) personal[`${at}.parameters.consents`] = consents;
  return open;
}

/** The obligations without the people whom their conditions name. */
const openObligations = (obligations: readonly Obligation[], personal: Personal): readonly unknown[] =>
  obligations.map((obligation, i) =>
    withConditions(openNotice(obligation, `obligations.${i}`, personal), (part, path) => {
      const open: Record<string, unknown> = { ...part };
      for (const name of PERSONAL_MEMBERS) {
        if (open[name] === undefined) continue;
        personal[`obligations.${i}.${path}.${name}`] = open[name] as Json;
        delete open[name];
      }
      return open;
    }),
  );

/** The names of facts without their ids, as that of an entity may be a person's, but for those of emergencies and restrictions, and without what they say. */
function openFacts(
  facts: readonly FactName[],
  personal: Personal,
): readonly {
  readonly [Member in keyof BreakGlassName | keyof ConsentName | keyof EntityName | keyof RestrictionName]: unknown;
}[] {
  return facts.map((fact, i) => {
    const { id, kind, version } = fact;
    // These ids identify nobody: what was done in an emergency is told when its people are erased.
    if (kind === "BREAK_GLASS" || kind === "RESTRICTION")
      return { id, kind, properties: undefined, type: undefined, version };
    personal[`facts.${i}.id`] = id;
    if (kind === "CONSENT") return { id: undefined, kind, properties: undefined, type: undefined, version };
    if (fact.properties !== undefined) personal[`facts.${i}.properties`] = fact.properties;
    return { id: undefined, kind, properties: undefined, type: fact.type, version };
  });
}

function isEmpty(personal: Personal): boolean {
  for (const _ in personal) return false;
  return true;
}

export function partsOfDecision(record: DecisionRecord): Parts {
  const { callerId, decidedAt, id, kind, obligations, outcome, policyRevision, reasonCount, scope, semantics } = record;
  // In the order of canonical JSON, so that it is mostly written as it stands.
  const personal: Personal = {};
  const details =
    record.kind === "GRANT"
      ? {
          ...record.details,
          scopes: record.details.scopes.map((granted, i) => ({
            ...granted,
            reasons: openReasons(granted.reasons, `details.scopes.${i}.reasons`, personal),
          })),
        }
      : undefined;
  const facts = record.facts === undefined ? undefined : openFacts(record.facts, personal);
  const openedObligations = obligations.length === 0 ? obligations : openObligations(obligations, personal);
  if (record.patients !== undefined) personal.patients = record.patients;
  const reasons = openReasons(record.reasons, "reasons", personal);
  const request = openRequest(record.request);
  const open: { readonly [Member in keyof AccessRecord | keyof GrantRecord]: unknown } = {
    callerId,
    decidedAt,
    details,
    // Who writes a record has all of it.
    erased: undefined,
    facts,
    fhirVersion: record.fhirVersion,
    id,
    kind,
    obligations: openedObligations,
    outcome,
    patients: undefined,
    policyRevision,
    reasonCount,
    reasons,
    request,
    scope,
    semantics,
    sufficientScopes: record.sufficientScopes,
  };
  const isOfRequest = isEmpty(personal);
  Object.assign(personal, personalOfRequest(record.request));
  if (record.kind === "GRANT")
    return { record: canonicalJson(open as unknown as Json), personal: canonicalJson(personal) };
  // What is made here of an access is made in order: only what comes from elsewhere needs a look, at every decision.
  const { context, resource, subject } = record.request;
  const brought = isOfRequest ? [resource.attributes, context?.attributes, subject?.attributes] : personal;
  return {
    record: isInOrder([openedObligations, reasons]) ? JSON.stringify(open) : canonicalJson(open as unknown as Json),
    personal: isInOrder(brought) ? JSON.stringify(personal) : canonicalJson(personal),
  };
}

function openRecipient(recipient: RecipientTerms, path: string, personal: Personal): Open<RecipientTerms> {
  const { clientId, group, identifier, organization, role, subject } = recipient;
  personal[`${path}.identifier`] = identifier ?? undefined;
  if (subject !== null) personal[`${path}.subject.id`] = subject.id;
  const who = subject === null ? null : ({ type: subject.type } as RecipientTerms["subject"]);
  return { clientId, group, identifier: without(identifier), organization, role, subject: who };
}

const openRecipients = (recipients: Consent["recipients"], path: string, personal: Personal): Consent["recipients"] =>
  recipients?.map((each, i) => openRecipient(each, `${path}.${i}`, personal) as RecipientTerms) ?? null;

/** What an earlier version of a consent was for, without the people who were meant. */
function openEarlier(terms: EarlierTerms, path: string, personal: Personal): EarlierTerms {
  const { answers, areas, begins, madeAt, purposes, recipients } = terms;
  const open: Open<EarlierTerms> = {
    answers,
    areas,
    begins,
    madeAt,
    purposes,
    recipients: openRecipients(recipients, `${path}.recipients`, personal),
  };
  return open as EarlierTerms;
}

function openData(data: DataTerms, path: string, personal: Personal): Open<DataTerms> {
  const { authors, categories, codes, from, labels, references, resourceTypes, until } = data;
  personal[`${path}.authors`] = authors ?? undefined;
  personal[`${path}.references`] = (references as Json) ?? undefined;
  return {
    authors: without(authors),
    categories,
    codes,
    from,
    labels,
    references: without(references),
    resourceTypes,
    until,
  };
}

/** What a consent and its exceptions say, without the people who are meant and what names data of a person. */
function openProvision(terms: ConsentException, path: string, personal: Personal): Open<ConsentException> {
  const { actions, data, effect, grantId, purposes, recipients, scopes, validFrom, validUntil } = terms;
  return {
    actions,
    data: openData(data, `${path}data`, personal) as DataTerms,
    effect,
    grantId,
    purposes,
    recipients: openRecipients(recipients, `${path}recipients`, personal),
    scopes,
    validFrom,
    validUntil,
  };
}

function partsOfConsent(consent: Consent): Parts {
  const personal: Personal = { patient: consent.patient, reason: consent.reason };
  const {
    answers,
    areas,
    earlier,
    exceptions,
    id,
    includeNarrower,
    links,
    madeAt,
    recordedAt,
    recordedBy,
    source,
    step,
    version,
  } = consent;
  personal["source.reference"] = source.reference ?? undefined;
  personal.links = (links as Json | undefined) ?? undefined;
  const open: Open<Consent> = {
    ...openProvision(consent, "", personal),
    answers,
    areas,
    earlier: earlier?.map((each, i) => openEarlier(each, `earlier.${i}`, personal)),
    exceptions: exceptions.map((each, i) => openProvision(each, `exceptions.${i}.`, personal) as ConsentException),
    id,
    includeNarrower,
    links: undefined,
    madeAt,
    patient: undefined,
    reason: undefined,
    recordedAt,
    recordedBy,
    source: { kind: source.kind, reference: without(source.reference) } as Consent["source"],
    step,
    version,
  };
  return { record: canonicalJson(open as unknown as Json), personal: canonicalJson(personal) };
}

/** Whom an alert is about, without the id, but of a client, who is nobody. */
const openEntity = (entity: AlertEntity) => (entity.kind === "CLIENT" ? { ...entity } : { kind: entity.kind });
const personalId = ({ id, kind }: AlertEntity): string | undefined => (kind === "CLIENT" ? undefined : id);

/**
 * Of revisions, of policy and directory, of erasures, of rebuilds of the index and of recoveries nothing is personal: their authors answer for them. Of keys it is
 * the name and id of the holder, of what was asked about somebody's data, and of consents that were read, whose it was, of
 * proposals what people wrote, of consents whose they are, who and what of a person is meant, and what was written of why, of
 * requests for consent who was asked, on whose behalf, and who answered, of emergencies for whom and for whose data they were, and what was written,
 * of access reviews whose access was decided about, and what was written, of alerts and restrictions whom they are about, and what was written of them, of inquiries
 * who was asked, and what was written, of weekly samples what was written, of legal holds whose data is held, and what was written, of suspended
 * accountings whose they are, to whom, who asked for it, and what was written, of what auditors read whom they sought.
 */
export function partsOf(act: Act): Parts {
  switch (act.kind) {
    case "DECISION":
      return partsOfDecision(act.record);
    case "POLICY_REVISION":
    case "DIRECTORY":
    case "ERASURE":
    case "INDEX_REBUILD":
    case "RECOVERY":
      return { record: canonicalJson({ ...act.record } as unknown as Json), personal: "{}" };
    case "CONSENT_READ": {
      const { patients, ...open } = act.record;
      return { record: canonicalJson(open as unknown as Json), personal: canonicalJson({ patients }) };
    }
    case "SIMULATION": {
      const { asked, patients, ...open } = act.record;
      return { record: canonicalJson(open as unknown as Json), personal: canonicalJson({ asked, patients }) };
    }
    case "PROPOSAL": {
      const { flipsReason, text, title, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, flipsReason: without(flipsReason), text: without(text) }),
        personal: canonicalJson({ flipsReason: flipsReason ?? undefined, text: text ?? undefined, title }),
      };
    }
    case "CONSENT":
      return partsOfConsent(act.record);
    case "ACCESS_REQUEST": {
      const { subject, text, ...open } = act.record;
      const holder = subject === null ? null : { type: subject.type };
      return {
        record: canonicalJson({ ...open, subject: holder, text: without(text) }),
        personal: canonicalJson({ "subject.id": subject?.id, text: text ?? undefined }),
      };
    }
    case "CONSENT_REQUEST": {
      const { answer, patient, subject, ...open } = act.record;
      const by = answer === null ? null : { ...answer, by: { type: answer.by.type } };
      const of = subject === null ? null : { type: subject.type };
      return {
        record: canonicalJson({ ...open, answer: by, subject: of } as unknown as Json),
        personal: canonicalJson({ "answer.by.id": answer?.by.id, patient, "subject.id": subject?.id }),
      };
    }
    case "BREAK_GLASS": {
      const { patient, subject, text, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, subject: { type: subject.type }, text: without(text) }),
        personal: canonicalJson({ patient, "subject.id": subject.id, text: text ?? undefined }),
      };
    }
    case "REVIEW": {
      const { access, text, title, ...open } = act.record;
      const subject = access === null || access.subject === null ? null : { type: access.subject.type };
      return {
        record: canonicalJson({
          ...open,
          access: access === null ? null : { ...access, subject },
          text: without(text),
        }),
        personal: canonicalJson({ "access.subject.id": access?.subject?.id, text: text ?? undefined, title }),
      };
    }
    case "WEBHOOK": {
      const { text, ...open } = act.record;
      return { record: canonicalJson(open), personal: canonicalJson({ text }) };
    }
    case "ALERT": {
      const { entity, text, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, entity: openEntity(entity), text: without(text) }),
        personal: canonicalJson({ "entity.id": personalId(entity), text: text ?? undefined }),
      };
    }
    case "ALERT_SUPPRESSION": {
      const { entity, patient, text, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, entity: openEntity(entity) }),
        personal: canonicalJson({ "entity.id": personalId(entity), patient, text }),
      };
    }
    case "SAMPLE": {
      const { text, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, text: without(text) }),
        personal: canonicalJson({ text: text ?? undefined }),
      };
    }
    case "INQUIRY": {
      const { answeredBy, subject, text, ...open } = act.record;
      const by = answeredBy === null ? null : { type: answeredBy.type };
      return {
        record: canonicalJson({ ...open, answeredBy: by, subject: { type: subject.type } }),
        personal: canonicalJson({ "answeredBy.id": answeredBy?.id, "subject.id": subject.id, text }),
      };
    }
    case "RESTRICTION": {
      const { rule, subject, text, ...open } = act.record;
      const of = subject === null ? null : { type: subject.type };
      return {
        record: canonicalJson({ ...open, ...(rule !== undefined && { rule: { ...rule } }), subject: of }),
        personal: canonicalJson({ "subject.id": subject?.id, text }),
      };
    }
    case "AUDIT": {
      const { filter, ...open } = act.record;
      const parts = partsOfFilter(filter);
      return { record: canonicalJson({ ...open, filter: parts.open }), personal: canonicalJson(parts.personal) };
    }
    case "ARCHIVE":
    case "CHECKPOINT_KEY":
    case "DETECTOR": {
      const { text, ...open } = act.record;
      return { record: canonicalJson(open as unknown as Json), personal: canonicalJson({ text }) };
    }
    case "LEGAL_HOLD": {
      const { patient, text, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, patient: without(patient) } as unknown as Json),
        personal: canonicalJson({ patient: patient ?? undefined, text }),
      };
    }
    case "ACCOUNTING_SUSPENSION": {
      const { by, patient, recipient, text, ...open } = act.record;
      const { subject } = recipient;
      const to = { ...recipient, subject: subject === null ? null : { type: subject.type } };
      return {
        record: canonicalJson({ ...open, recipient: to }),
        personal: canonicalJson({ by, patient, "recipient.subject.id": subject?.id, text }),
      };
    }
    case "TOKEN_REVOCATION": {
      const { person, text, tokenId, ...open } = act.record;
      return {
        record: canonicalJson({ ...open, person: without(person), tokenId: without(tokenId) }),
        personal: canonicalJson({ person: person ?? undefined, text, tokenId: tokenId ?? undefined }),
      };
    }
    case "API_KEY": {
      const { name, subject, ...open } = act.record;
      const holder = subject === null ? null : { type: subject.type };
      return {
        record: canonicalJson({ ...open, assertRoles: open.assertRoles.map((of) => ({ ...of })), subject: holder }),
        personal: canonicalJson({ name, "subject.id": subject?.id }),
      };
    }
  }
}

/** Members that are absent where a record says nothing: so they are where that was erased. All others are null then. */
const ABSENT = /^patients$|\.personal$|^facts\.\d+\.properties$/;

const NO_PLACE = "A value stands where a record has no place for one.";

/**
 * The whole record, from its two parts. Of a row of which something was erased `personal` has each field with its value or with its
 * commitment (tree/leafEntry.ts): an erased member is null, or absent where it may be, and its path stands in the record's `erased`.
 */
export function wholeRecord(open: string, personal: string, hasErased = false): unknown {
  const record = JSON.parse(open);
  const erased: string[] = [];
  for (const [path, field] of Object.entries(JSON.parse(personal))) {
    const isErased = hasErased && !("value" in (field as object));
    if (isErased) erased.push(path);
    if (isErased && ABSENT.test(path)) continue;
    const names = path.split(".");
    const last = names.pop() as string;
    let place = record;
    for (const name of names) {
      // Whoever can write the database must not reach what all objects have.
      if (!Object.hasOwn(place, name)) throw new SyntaxError(NO_PLACE);
      place = place[name];
    }
    if (last === "__proto__") throw new SyntaxError(NO_PLACE);
    place[last] = isErased ? null : hasErased ? (field as { readonly value: unknown }).value : field;
  }
  if (erased.length > 0) record.erased = erased;
  return record;
}
