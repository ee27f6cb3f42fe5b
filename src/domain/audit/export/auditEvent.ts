import { countedAs, searchOf } from "../../decisions/countedAs.ts";
import { decisionSubject } from "../../decisions/decisionSubject.ts";
import { summaryText } from "../../decisions/summaryText.ts";
import type { DecisionRecord } from "../../decisions/types.ts";
import { addressKey } from "../../kernel/ipAddress.ts";
import { isoTime } from "../../kernel/time.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { isPurpose, PURPOSE_SYSTEM, type Purpose } from "../../scopes/purposes.ts";
import { codeOfLabel, isHl7Label, type Label } from "../../scopes/securityLabels.ts";

interface Coding {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
}

const HL7 = "http://terminology.hl7.org/CodeSystem";
const BALP = "https://profiles.ihe.net/ITI/BALP/CodeSystem";
const DCM = "http://dicom.nema.org/resources/ontology/DCM";
const SOURCE: Coding = { system: DCM, code: "110153", display: "Source Role ID" };
const DESTINATION: Coding = { system: DCM, code: "110152", display: "Destination Role ID" };
const coding = (system: string, code: string, display: string): Coding => ({
  system: `${HL7}/${system}`,
  code,
  display,
});

const BY_CONSENT: Coding = {
  system: `${BALP}/AuthZsubType`,
  code: "AuthZ-Consent",
  display: "Authorization Decision using Roles and Consent",
};

/** The interactions of FHIR, as a RESTful operation: action code of AuditEvent. A search is executed (E), as in BALP. */
const ACTIONS: Readonly<Record<string, string>> = { create: "C", read: "R", update: "U", delete: "D", search: "E" };
/** The codes of the code system of interactions in R4 that an action may be asked by; others by what they count as. */
const INTERACTIONS: ReadonlySet<string> = new Set(
  "read vread update patch delete history-instance history-type history-system create search-type search-system batch transaction operation".split(
    " ",
  ),
);

/** What happened: type, subtype and action. A grant is an access token that is got (ITI-71); what FHIR has no word for is an activity. */
function eventOf(record: DecisionRecord): {
  readonly type: Coding;
  readonly subtype: readonly Coding[];
  readonly action: string;
} {
  if (record.kind === "GRANT")
    return {
      type: { system: DCM, code: "110114", display: "User Authentication" },
      subtype: [{ system: "urn:ihe:event-type-code", code: "ITI-71", display: "Get Access Token" }],
      action: "E",
    };
  const { action, resource } = record.request;
  const asked = requestedAction(action, resource);
  const rest = coding("audit-event-type", "rest", "RESTful Operation");
  const system = "http://hl7.org/fhir/restful-interaction";
  const code = INTERACTIONS.has(action) ? action : asked === "search" ? "search-type" : asked;
  const known = ACTIONS[asked];
  if (known !== undefined || INTERACTIONS.has(code))
    return { type: rest, subtype: [{ system, code, display: code }], action: known ?? "E" };
  if (action.startsWith("$"))
    return { type: rest, subtype: [{ system, code: "operation", display: action }], action: "E" };
  return {
    type: { system: DCM, code: "110100", display: "Application Activity" },
    subtype: [{ display: action }],
    action: "E",
  };
}

/** `system|code`; a code alone is of no system, as it is none of HL7's. */
function codingOf(token: string): Coding {
  const at = token.lastIndexOf("|");
  return at <= 0 ? { code: token } : { system: token.slice(0, at), code: token.slice(at + 1) };
}
const codingOfPurpose = (purpose: Purpose): Coding =>
  isPurpose(purpose) ? { system: PURPOSE_SYSTEM, code: purpose } : codingOf(purpose);
const codingOfLabel = (label: Label): Coding => codingOf(isHl7Label(label) ? codeOfLabel(label) : label);

const identified = (value: string, text?: string) => ({
  identifier: { value, ...(text !== undefined && { type: { text } }) },
});
/** A reference where type and id can stand in one; else what it is and its id. */
const referenceTo = (type: string, id: string): object =>
  /^[A-Za-z]+$/.test(type) && /^[A-Za-z0-9.-]{1,64}$/.test(id) ? { reference: `${type}/${id}` } : identified(id, type);

/** An IP address (2); a pseudonym of one is a name (1). */
const networkOf = (address: string) => ({ address, type: addressKey(address) === null ? "1" : "2" });

function agentsOf(record: DecisionRecord, purposeOfUse: object): readonly object[] {
  const { clientId, context, subject } = record.request;
  // Whoever gives the data away is its source: of a read the server, of all else who asks.
  const isRead = eventOf(record).action === "R";
  const client = {
    type: { coding: [isRead ? DESTINATION : SOURCE] },
    who: identified(clientId),
    requestor: subject === null,
    ...(context?.ipAddress && { network: networkOf(context.ipAddress) }),
    ...(subject === null && purposeOfUse),
  };
  const server = {
    type: { coding: [isRead ? SOURCE : DESTINATION] },
    who: identified(record.callerId),
    requestor: false,
  };
  if (subject === null) return [client, server];
  const roles = (subject.roles ?? []).map(({ role }) => ({ text: role }));
  const user = {
    type: { coding: [coding("v3-ParticipationType", "IRCP", "information recipient")] },
    ...(roles.length > 0 && { role: roles }),
    // Erased, it has no id any more.
    who: subject.id ? identified(subject.id, subject.type) : { display: subject.type },
    requestor: true,
    ...purposeOfUse,
  };
  return [user, client, server];
}

const PERSON = coding("audit-entity-type", "1", "Person");
const SYSTEM_OBJECT = coding("audit-entity-type", "2", "System Object");
const role = (code: string, display: string) => coding("object-role", code, display);

function dataOf(record: DecisionRecord): readonly object[] {
  if (record.kind === "GRANT") return [];
  const { resource } = record.request;
  const securityLabel = (resource.labels ?? []).map(codingOfLabel);
  const labels = securityLabel.length > 0 && { securityLabel };
  const isSearch = eventOf(record).action === "E";
  return [
    resource.id
      ? {
          type: SYSTEM_OBJECT,
          role: role("4", "Domain Resource"),
          what: referenceTo(resource.type, resource.id),
          ...labels,
        }
      : {
          type: SYSTEM_OBJECT,
          role: isSearch ? role("24", "Query") : role("4", "Domain Resource"),
          name: resource.type,
          ...labels,
        },
  ];
}

/** The consents on which a decision rests, as far as its reasons name them. */
function consentsOf({ reasons }: DecisionRecord): readonly string[] {
  const named = reasons.flatMap((reason) =>
    "personal" in reason && reason.personal !== undefined && "consents" in reason.personal
      ? reason.personal.consents.map(({ id }) => id)
      : [],
  );
  return [...new Set(named)];
}

function entitiesOf(record: DecisionRecord): readonly object[] {
  const { id, outcome, policyRevision, reasons, request, scope } = record;
  const search = searchOf(record);
  const details = {
    ...(record.erased !== undefined && { erased: record.erased.join(" ") }),
    outcome,
    ...(search !== null && { countedAs: countedAs(record), partOf: search }),
    policyRevision: String(policyRevision),
    ...(scope !== null && { scope }),
    reasons: [...new Set(reasons.map(({ code }) => code))].join(" "),
  };
  const tokenId = request.context?.tokenId;
  return [
    ...decisionSubject(record).patients.map((patient) => ({
      type: PERSON,
      role: role("1", "Patient"),
      what: referenceTo("Patient", patient),
    })),
    ...dataOf(record),
    ...consentsOf(record).map((consent) => ({
      type: { system: "http://hl7.org/fhir/resource-types", code: "Consent", display: "Consent" },
      what: referenceTo("Consent", consent),
    })),
    {
      type: SYSTEM_OBJECT,
      role: role("13", "Security Resource"),
      what: identified(id, "decision"),
      detail: Object.entries(details)
        .filter(([, valueString]) => valueString !== "")
        .map(([type, valueString]) => ({ type, valueString })),
    },
    ...(request.requestId
      ? [{ type: { system: `${BALP}/BasicAuditEntityType`, code: "XrequestId" }, what: identified(request.requestId) }]
      : []),
    ...(tokenId
      ? [
          {
            type: { system: `${BALP}/UserAgentTypes`, code: "UserOauthAgent" },
            what: identified(`urn:ietf:params:oauth:jti:${tokenId}`),
          },
        ]
      : []),
  ];
}

/**
 * A decision as an AuditEvent of FHIR R4, by the patterns of IHE Basic Audit Log Patterns (RESTful activities, ITI-71 for a grant) as far
 * as a decision has their members. A decision that rests on consents names them and is of the subtype AuthZ-Consent, as in the pattern of
 * authorization decisions there (AuthZconsent); a DENY is outcome 8, as in it: the action was ended.
 */
export function auditEvent(record: DecisionRecord): object {
  const { decidedAt, id, outcome, request } = record;
  const { purposeOfUse } = request;
  const event = eventOf(record);
  const purposes = purposeOfUse === null ? null : [{ coding: [codingOfPurpose(purposeOfUse)] }];
  return {
    resourceType: "AuditEvent",
    id,
    ...event,
    subtype: consentsOf(record).length === 0 ? event.subtype : [...event.subtype, BY_CONSENT],
    recorded: isoTime(decidedAt),
    outcome: outcome === "ALLOW" ? "0" : "8",
    outcomeDesc: summaryText(record),
    ...(purposes !== null && { purposeOfEvent: purposes }),
    agent: agentsOf(record, purposes === null ? {} : { purposeOfUse: purposes }),
    source: {
      observer: { display: "Scopewarden" },
      type: [coding("security-source-type", "6", "Security Server")],
    },
    entity: entitiesOf(record),
  };
}
