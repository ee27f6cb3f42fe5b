import { reason } from "../../src/domain/decisions/reason.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import {
  type Act,
  accessRequestAct,
  accountingGivenAct,
  accountingSuspensionAct,
  alertAct,
  alertSuppressionAct,
  apiKeyAct,
  archiveAct,
  auditAct,
  breakGlassAct,
  checkpointKeyAct,
  consentAct,
  consentReadAct,
  consentRequestAct,
  detectorAct,
  directoryAct,
  erasureAct,
  indexRebuildAct,
  inquiryAct,
  legalHoldAct,
  policyRevisionAct,
  proposalAct,
  recoveryAct,
  restrictionAct,
  reviewAct,
  sampleAct,
  simulationAct,
  tokenRevocationAct,
  webhookAct,
} from "../../src/domain/record/acts.ts";
import type { ActKind } from "../../src/domain/record/kinds.ts";
import { labelsOf } from "../../src/domain/scopes/securityLabels.ts";
import { decision, grantDecision } from "../storage/samples.ts";
import { consentOf, exceptionOf } from "../support/consents.ts";

/** Stands in each value that identifies people, or may. */
export const MARK = "⁂";
const someone = (id: string) => ({ type: "user", id: `${id}${MARK}` });
const written = (text: string) => `${text} ${MARK}`;
const step = { at: 1_795_500_000_000, author: "key:ada" } as const;
const sha256 = "ab".repeat(32);

const attributes = { mother: written("ann"), inner: { list: [written("x"), 1, null] } };
const whole = decision(1).request;
const request = {
  ...whole,
  subject: {
    ...{ id: written("u1"), type: "user", organization: "st-mary", attributes },
    roles: [{ organization: "*", role: "nurse" }],
  },
  resource: {
    ...{ type: "Observation", id: written("o1"), patient: written("ann"), patients: [written("ann"), written("bob")] },
    ...{ organization: "st-mary", labels: labelsOf(["N"]), attributes },
  },
  context: {
    ...{ patient: written("ann"), ipAddress: written("10.0.0.1"), region: "AT", userAgent: written("agent") },
    ...{ tokenId: written("token"), attributes },
  },
  requestId: written("request"),
  asSent: { labels: ["http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N"], purposeOfUse: "treat" },
};
const patientCondition = { type: "patient", patient: written("ann") };
const authors = { type: "authors", authors: [written("Practitioner/1")] };
const references = { type: "references", references: [{ meaning: "instance", reference: written("Observation/1") }] };
const labels = { type: "labels", labels: ["R"] };
const decisions: readonly DecisionRecord[] = [
  decision(1),
  decision(5),
  decision(7, { request: { ...whole, subject: null, context: null, purposeOfUse: null } }),
  decision(9, { request: { ...whole, subject: null, itself: { organization: "st-mary", attributes } } }),
  decision(11, {
    request,
    facts: [
      { id: "b1", kind: "BREAK_GLASS", version: 1 },
      { id: written("c1"), kind: "CONSENT", version: 2 },
      { id: written("u1"), kind: "ENTITY", type: "user", version: 3, properties: { name: written("Uwe") } },
      { id: written("u2"), kind: "ENTITY", type: "user", version: 4 },
      { id: "r1", kind: "RESTRICTION", version: 1 },
    ],
    fhirVersion: "R5",
    patients: [written("ann")],
    reasonCount: 20,
    reasons: [
      reason("UNKNOWN_CLIENT", { personal: { clientId: written("client") } }),
      reason("SUSPENDED_FOR_REVIEW", { parameters: { endsAt: 1, id: "r1", of: "CLIENT" } }),
      reason("CONSENT_REFUSED", {
        parameters: { need: null, of: "PATIENT" },
        personal: { consents: [{ id: written("c1"), version: 1 }], unlinked: [written("Practitioner/1")] },
      }),
    ],
    sufficientScopes: ["patient/Observation.r"],
    obligations: [
      { type: "audit", parameters: { level: "full" } },
      {
        type: "filter",
        parameters: {
          allOf: [{ anyOf: [patientCondition, { type: "all", of: [authors, labels] }] }, { anyOf: [labels] }],
        },
      },
      { type: "redact", parameters: { anyOf: [references, { type: "all", of: [labels, authors] }] } },
      { type: "noRedisclosure", parameters: { consents: [{ id: written("c1"), version: 1 }], notice: "a notice" } },
      { type: "noRedisclosure", parameters: { notice: "a notice" } },
    ],
  }),
  grantDecision(2),
  {
    ...grantDecision(5),
    request: { ...grantDecision(5).request, heldScopes: ["openid"], languages: ["de"], context: request.context },
    reasons: [reason("UNKNOWN_CLIENT", { personal: { clientId: written("client") } })],
    details: {
      newScopes: ["openid"],
      scopes: grantDecision(5).details.scopes.map((each) => ({
        ...each,
        reasons: [reason("UNKNOWN_CLIENT", { personal: { clientId: written("client") } })],
        successor: "view_observations",
        sunsetAt: 2,
        validUntil: 1,
      })),
    },
  },
];

const recipient = {
  ...{ clientId: "app", subject: someone("u1"), role: "nurse", organization: "st-mary", group: "team" },
  identifier: written("urn:oid:1.2|3"),
};
const data = {
  ...{ resourceTypes: ["Observation"], categories: ["a|b"], labels: ["R"], codes: ["c|d"], from: 1, until: 2 },
  references: [{ meaning: "instance", reference: written("Observation/1") } as const],
  authors: [written("Practitioner/1")],
};
const provision = {
  ...({ effect: "DENY", recipients: [recipient, { ...recipient, subject: null, identifier: null }], data } as const),
  ...{ scopes: ["openid"], purposes: ["TREAT"], actions: ["access"], validFrom: 1, validUntil: 2 },
};
const consents = [
  consentOf({ patient: written("ann"), reason: written("Why") }),
  consentOf({
    ...{ ...provision, patient: written("ann"), reason: written("Why"), version: 2, step: "WITHDRAWN" },
    ...{ areas: ["research"], answers: "q1", includeNarrower: true, madeAt: null },
    exceptions: [exceptionOf(provision), exceptionOf({ ...provision, grantId: "c9", recipients: null })],
    source: { kind: "PAPER", reference: written("Sheet 7") },
    links: [{ reference: written("Practitioner/1"), subjects: [someone("u1")] }],
    earlier: [
      { madeAt: 1, begins: 2, purposes: ["TREAT"], recipients: [recipient] },
      { madeAt: 1, begins: 2, purposes: null, recipients: null, answers: "q0", areas: ["research"] },
    ],
  }),
];

const proposal = {
  ...({ ...step, event: "APPROVED", proposalId: "p1", digest: "d", baseRevision: 3, emergency: false } as const),
  title: written("Title"),
};
const nobodyInReview = { text: null, policyRevision: null, items: null, itemsSha256: null, itemId: null, access: null };
const review = {
  ...step,
  campaignId: "v1",
  title: written("Title"),
  verdict: null,
  proposalId: null,
  reportSha256: null,
};
const access = { clientId: "app", role: "nurse", organization: "*", scope: "openid" };
const accountingLine = {
  ...{ recipient: written("Registry"), data: written("diagnoses"), purpose: written("research"), address: null },
  ...{ first: 2, last: 3, times: 2 },
};
const alert = {
  ...{ ...step, alertId: "a1", severity: "HIGH", detectors: ["MANY_PATIENTS"], points: 9, count: 3 },
  ...{ verdict: null, cause: null, text: null },
};
const suppression = {
  ...{ ...step, suppressionId: "s1", alertId: "a1", detector: null, from: 1, until: 2, text: written("Why") },
};
const key = {
  ...({ keyId: "k1", name: written("Ada's"), roles: ["admin"], allRolesUntil: null, defaultClientId: "app" } as const),
  ...{ assertRoles: [{ role: "nurse", organization: "*" }], expiresAt: null, failures: null, reason: "New" },
};
const nobody = { clientId: null, subject: null, organization: null };
const suspension = {
  ...({ ...step, event: "ENDED", suspensionId: "s1", patient: written("ann"), statement: "ORAL", until: 2 } as const),
  ...{ by: written("Inspector"), text: written("Why") },
};

/** Acts of each kind: with all that one can say, with as little as it may say, and what else is stored in a way of its own. */
export const SAMPLE_ACTS: { readonly [Kind in ActKind]: readonly Act[] } = {
  DECISION: decisions.map((record): Act => ({ kind: "DECISION", id: record.id, record })),
  POLICY_REVISION: [
    policyRevisionAct({
      ...{ revision: 4, author: "key:ada", reason: "New ward", committedAt: 1, changes: 1, changesSha256: sha256 },
      ...{ historySha256: sha256, rows: [{ noun: "assignment", key: written("user ada"), sha256 }] },
    }),
  ],
  DIRECTORY: [
    directoryAct({
      ...{ revision: 4, author: "key:ada", reason: "Sync", committedAt: 1, put: 2, removed: 1, changesSha256: sha256 },
    }),
  ],
  API_KEY: [
    apiKeyAct({ ...key, event: "CREATED", at: 1, author: "key:root", subject: someone("ada") }),
    apiKeyAct(
      {
        ...{ ...key, event: "FAILED", at: 1, author: null, subject: null, reason: null },
        failures: { expired: 1, revoked: 2, since: 1, wrongSecret: 0 },
      },
      "1",
    ),
  ],
  RECOVERY: [
    recoveryAct("1", {
      ...({ author: "root", reason: "Disk lost", at: 1, finding: "ACTS_MISSING" } as const),
      ...{ expectedPosition: 9, foundPosition: 7 },
    }),
  ],
  SIMULATION: [{}, { patients: [written("ann")], asked: { filter: { patient: written("ann") } } }].map((more) =>
    simulationAct("1", {
      ...{ callerId: "key:ada", at: 1, field: "simulate", baseRevision: 3, operations: 1, operationsSha256: sha256 },
      ...{ questions: 2, ...more },
    }),
  ),
  PROPOSAL: [
    proposalAct({ ...proposal, text: written("Why"), flipsReason: written("Flips"), revision: 4 }, "1"),
    proposalAct({ ...proposal, text: null, flipsReason: null, revision: null }, ""),
  ],
  CONSENT_READ: [
    consentReadAct("1", { callerId: "key:ada", at: 1, field: "consents", patients: [written("ann")], consents: 2 }),
  ],
  CONSENT: consents.map((consent) => consentAct(consent)),
  ACCESS_REQUEST: [
    accessRequestAct({
      ...{ ...step, event: "APPROVED", requestId: "r1", subject: someone("u1"), role: "nurse", organization: "*" },
      ...{ clientId: null, scope: null, minutes: 60, text: written("Why"), expiresAt: 2, policyRevision: 4 },
    }),
    accessRequestAct({
      ...{ ...step, event: "REQUESTED", requestId: "r1", subject: null, role: null, organization: null },
      ...{ clientId: "app", scope: "openid", minutes: 60, text: null, expiresAt: 2, policyRevision: null },
    }),
  ],
  CONSENT_REQUEST: [someone("u1"), null].map((subject) =>
    consentRequestAct({
      ...{ ...step, event: subject === null ? "ASKED" : "ANSWERED", requestId: "q1", decisionId: "d1", expiresAt: 2 },
      ...{ patient: written("ann"), clientId: "app", subject, purposes: ["TREAT"], scopes: ["openid"] },
      ...({ inTheWay: [{ id: "c1", version: 1 }], grantAction: "CREATE", grantId: null } as const),
      answer:
        subject === null
          ? null
          : {
              ...({ by: someone("ann"), relation: "PATIENT", agreed: ["openid"], refused: ["profile"] } as const),
              consent: { id: "c2", version: 1 },
            },
    }),
  ),
  BREAK_GLASS: [written("Why"), null].map((text) =>
    breakGlassAct({
      ...({ ...step, event: "REVIEWED", breakGlassId: "b1", version: 3, subject: someone("u1") } as const),
      ...{ patient: written("ann"), organization: "st-mary", endsAt: 2, reviewDueAt: 3, text, justified: true },
    }),
  ),
  WEBHOOK: [webhookAct("1", { ...step, event: "RETRIED", deliveryId: "w1", text: written("Why") })],
  REVIEW: [
    reviewAct({ ...review, ...nobodyInReview, event: "STARTED", policyRevision: 4, items: 2, itemsSha256: sha256 }, ""),
    ...[someone("u1"), null].map((subject) =>
      reviewAct(
        {
          ...({
            ...review,
            ...nobodyInReview,
            event: "DECIDED",
            itemId: "i1",
            access: { ...access, subject },
          } as const),
          ...{ text: written("Why"), verdict: "REMOVE" },
        },
        "i1",
      ),
    ),
    reviewAct({ ...review, ...nobodyInReview, event: "CLOSED", proposalId: "p1", reportSha256: sha256 }, ""),
  ],
  ALERT: [
    alertAct({ ...alert, event: "OPENED", author: null, entity: { kind: "SUBJECT", id: written("user/u1") } }),
    alertAct({
      ...alert,
      event: "CLOSED",
      entity: { kind: "CLIENT", id: "app" },
      verdict: "MISUSE",
      text: written("W"),
    }),
    alertAct({
      ...{ ...alert, event: "CORRECTED", entity: { kind: "PATIENT", id: written("ann") }, verdict: "HARMLESS" },
      ...{ cause: "CARE", text: written("Why"), correction: 1 },
    }),
    alertAct({
      ...{ ...alert, event: "REOPENED", entity: { kind: "CLIENT", id: "app" }, verdict: "MISUSE", earlier: 1 },
      ...{ cause: null, text: null },
    }),
  ],
  ALERT_SUPPRESSION: [
    alertSuppressionAct({
      ...{ ...suppression, event: "BEGUN", entity: { kind: "SUBJECT", id: written("user/u1") } },
      patient: written("ann"),
    }),
    alertSuppressionAct({
      ...{ ...suppression, event: "ENDED", entity: { kind: "CLIENT", id: "app" }, detector: "MANY_PATIENTS" },
    }),
  ],
  DETECTOR: [
    detectorAct({
      ...{ ...step, detector: "MANY_PATIENTS", version: 2, mode: "ON", parameters: { least: 9, cap: 12 } },
      ...{ alertsPerWeek: 5, before: { mode: "OFF", parameters: {}, alertsPerWeek: null }, text: written("Why") },
    }),
  ],
  INQUIRY: [someone("u1"), null].map((answeredBy) =>
    inquiryAct({
      ...{ ...step, event: answeredBy === null ? "ASKED" : "ANSWERED", inquiryId: "i1", alertId: "a1", endsAt: 2 },
      ...{ subject: someone("u1"), decisionIds: ["d1"], dates: ["2026-01-01"], answeredBy },
      ...{ reasonCode: answeredBy === null ? null : "CARE", text: written("Why") },
    }),
  ),
  SAMPLE: [
    sampleAct({
      ...{ ...step, event: "DRAWN", week: 1, population: 9, decisionIds: ["d1", "d2"], verdict: null, text: null },
    }),
    sampleAct(
      {
        ...{ ...step, event: "JUDGED", week: 1, population: 9, decisionIds: ["d1"], verdict: "MISUSE" },
        text: written("Why"),
      },
      "d1",
    ),
  ],
  RESTRICTION: [
    restrictionAct({
      ...{ ...step, event: "IMPOSED", restrictionId: "r1", response: "STEP_UP", alertId: "a1", clientId: null },
      ...{ subject: someone("u1"), endsAt: 2, text: written("Why"), rule: { organization: "*", revision: 4 } },
    }),
    restrictionAct({
      ...{ ...step, event: "LIFTED", restrictionId: "r1", response: "SUSPENSION", alertId: null, clientId: "app" },
      ...{ subject: null, endsAt: 2, text: written("Why") },
    }),
  ],
  AUDIT: [
    auditAct("1", { callerId: "key:ada", at: 1, field: "decisions", filter: {}, shown: 0 }),
    auditAct("2", {
      ...{ callerId: "key:ada", at: 1, field: "exportPage", shown: 3, sha256 },
      filter: {
        ...({ kind: "ACCESS", callerId: "key:gateway", clientId: "app", subjectId: written("u1") } as const),
        ...({ subjectType: "user", patient: written("ann"), scope: "openid", outcome: "DENY" } as const),
        ...({ resourceType: "Observation", resourceId: written("o1"), purposeOfUse: "TREAT" } as const),
        ...({
          organization: "st-mary",
          ipAddress: written("10.0.0.1"),
          network: written("10.0.0.0/8"),
        } as const),
        ...({ ruleId: "r1", reason: "UNKNOWN_CLIENT", from: 1, to: 2, decisionId: "d1", alertId: "a1" } as const),
        ...{
          breakGlassId: "b1",
          inquiryId: "i1",
          restrictionId: "r1",
          response: "STEP_UP",
          detector: "D",
        },
        ...{ severity: "HIGH", shadow: true, suppressed: false, state: "OPEN", states: ["OPEN"], verdict: "MISUSE" },
        ...{ kinds: ["DECISION"], format: "NDJSON", after: 1, until: 2 },
      },
    }),
  ],
  CHECKPOINT_KEY: [
    checkpointKeyAct("1", { ...step, event: "ROTATED", before: "k1", publicKey: "k2", text: written("Why") }),
  ],
  ERASURE: [
    erasureAct("1", {
      ...{ at: 1, policyRevision: 4, positions: [[1, 2] as const], acts: { DECISION: 2, AUDIT: 1 }, values: 9 },
      ...{ oldestAt: 0, newestAt: 1 },
    }),
  ],
  LEGAL_HOLD: [
    legalHoldAct({
      ...({
        ...step,
        event: "PLACED",
        holdId: "h1",
        patient: written("ann"),
        clientId: null,
        from: 1,
        to: null,
      } as const),
      text: written("Why"),
    }),
    legalHoldAct({
      ...({ ...step, event: "LIFTED", holdId: "h1", patient: null, clientId: "app", from: null, to: 2 } as const),
      text: written("Why"),
    }),
  ],
  ARCHIVE: [
    archiveAct({
      ...({ ...step, event: "ARCHIVED", month: "2024-05", text: written("Why"), file: "2024-05.gz", sha256 } as const),
      ...{ from: 1, until: 9, first: 0, size: 9, root: sha256, firstLeaf: sha256, lastLeaf: sha256 },
      ...{ counts: { DECISION: 8, AUDIT: 1 }, leftBehind: ["sink:a"] },
    }),
  ],
  ACCOUNTING_SUSPENSION: [
    accountingSuspensionAct({ ...suspension, recipient: { ...nobody, subject: someone("u1") } }),
    accountingSuspensionAct({ ...suspension, recipient: { ...nobody, clientId: "app" } }),
  ],
  TOKEN_REVOCATION: [
    { person: written("u1"), tokenId: null },
    { person: null, tokenId: written("t1"), clientId: "app" },
  ].map((of) =>
    tokenRevocationAct({
      ...({ ...step, event: "REVOKED", revocationId: "r1", issuer: "https://id.example", until: null } as const),
      ...{ ...of, text: written("Why") },
    }),
  ),
  INDEX_REBUILD: [
    indexRebuildAct({
      ...{
        event: "REBUILT",
        rebuildId: "x1",
        at: 1,
        table: "search_2026_03",
        months: ["2026-03"],
        finding: "malformed",
      },
      ...{ after: 0, until: 9, digestBefore: null, digestAfter: sha256 },
    }),
    ...(["EMPTIED", "REBUILT"] as const).map((event) => {
      const by = { rebuildId: "x2", at: 1, by: "machine:ada@host", table: "decision_index", months: [], finding: "" };
      return indexRebuildAct(
        event === "EMPTIED"
          ? { ...by, event, digestBefore: sha256 }
          : { ...by, event, after: -1, until: 9, digestBefore: sha256, digestAfter: null },
      );
    }),
    indexRebuildAct({ event: "ACKNOWLEDGED", rebuildId: "x1", at: 1, author: "key:ada" }),
  ],
  ACCOUNTING_GIVEN: [
    accountingGivenAct("x1", {
      ...{ accountingId: "x1", at: 1, author: "key:ada", patient: written("ann"), patientName: written("Ann Doe") },
      ...{ organization: written("General Hospital"), from: 1, to: 9, kinds: ["OTHER"], namingNobody: 2, erased: 0 },
      lines: [accountingLine],
      struck: [{ decisionIds: ["d1"], lines: [accountingLine], reason: written("The ward's own") }],
      counts: [{ kind: "OTHER", count: 2 }],
    }),
  ],
};
