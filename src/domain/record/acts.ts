import type { ApiKeyAct } from "../callers/types.ts";
import type { AccessRequestAct } from "../consent/accessRequests/accessRequest.ts";
import type { BreakGlassAct } from "../consent/breakGlass/breakGlass.ts";
import type { ConsentReadAct } from "../consent/consentReadAct.ts";
import type { ConsentRequestAct } from "../consent/requests/consentRequest.ts";
import type { TokenRevocationAct } from "../consent/revocations/tokenRevocation.ts";
import type { Consent } from "../consent/types.ts";
import type { RestrictionAct } from "../decisions/restrictions/restriction.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import type { DirectoryAct } from "../directory/store.ts";
import type { PolicyRevisionAct } from "../policy/store.ts";
import type { AccountingSuspensionAct } from "./accountingSuspensionAct.ts";
import type { AlertAct, AlertSuppressionAct } from "./alertAct.ts";
import type { ArchiveAct } from "./archive/archiveAct.ts";
import type { AuditAct } from "./auditAct.ts";
import type { CheckpointKeyAct } from "./checkpointKeyAct.ts";
import type { DetectorAct } from "./detectorAct.ts";
import type { ErasureAct } from "./erasureAct.ts";
import type { IndexRebuildAct } from "./indexRebuildAct.ts";
import type { InquiryAct } from "./inquiryAct.ts";
import type { LegalHoldAct } from "./legalHoldAct.ts";
import type { ProposalAct } from "./proposalAct.ts";
import type { RecoveryAct } from "./recovery.ts";
import type { ReviewAct } from "./reviewAct.ts";
import type { SampleAct } from "./sampleAct.ts";
import type { SimulationAct } from "./simulationAct.ts";
import type { WebhookAct } from "./webhookAct.ts";

/** What is on record, by kind: all acts stand in one journal, in one order. */
interface Acts {
  readonly DECISION: DecisionRecord;
  readonly POLICY_REVISION: PolicyRevisionAct;
  readonly DIRECTORY: DirectoryAct;
  readonly API_KEY: ApiKeyAct;
  readonly RECOVERY: RecoveryAct;
  readonly SIMULATION: SimulationAct;
  readonly PROPOSAL: ProposalAct;
  readonly CONSENT_READ: ConsentReadAct;
  readonly CONSENT: Consent;
  readonly ACCESS_REQUEST: AccessRequestAct;
  readonly CONSENT_REQUEST: ConsentRequestAct;
  readonly BREAK_GLASS: BreakGlassAct;
  readonly WEBHOOK: WebhookAct;
  readonly REVIEW: ReviewAct;
  readonly ALERT: AlertAct;
  readonly ALERT_SUPPRESSION: AlertSuppressionAct;
  readonly DETECTOR: DetectorAct;
  readonly INQUIRY: InquiryAct;
  readonly SAMPLE: SampleAct;
  readonly RESTRICTION: RestrictionAct;
  readonly AUDIT: AuditAct;
  readonly CHECKPOINT_KEY: CheckpointKeyAct;
  readonly ERASURE: ErasureAct;
  readonly LEGAL_HOLD: LegalHoldAct;
  readonly ARCHIVE: ArchiveAct;
  readonly ACCOUNTING_SUSPENSION: AccountingSuspensionAct;
  readonly TOKEN_REVOCATION: TokenRevocationAct;
  readonly INDEX_REBUILD: IndexRebuildAct;
}
export type ActKind = keyof Acts;

/** An act that is to be put on record. `id` is what it is, so that the same act can't stand there twice. */
export type Act = {
  readonly [Kind in ActKind]: { readonly kind: Kind; readonly id: string; readonly record: Acts[Kind] };
}[ActKind];

/** Which version of its kind's format a record is written in; raised when the members of a kind change their meaning. */
export const FORMATS = {
  DECISION: 2,
  POLICY_REVISION: 1,
  DIRECTORY: 1,
  API_KEY: 1,
  RECOVERY: 1,
  SIMULATION: 2,
  PROPOSAL: 1,
  CONSENT_READ: 1,
  CONSENT: 1,
  ACCESS_REQUEST: 1,
  CONSENT_REQUEST: 1,
  BREAK_GLASS: 1,
  WEBHOOK: 1,
  REVIEW: 1,
  ALERT: 1,
  ALERT_SUPPRESSION: 1,
  DETECTOR: 1,
  INQUIRY: 1,
  SAMPLE: 1,
  RESTRICTION: 1,
  AUDIT: 1,
  CHECKPOINT_KEY: 1,
  ERASURE: 1,
  LEGAL_HOLD: 1,
  ARCHIVE: 1,
  ACCOUNTING_SUSPENSION: 1,
  TOKEN_REVOCATION: 1,
  INDEX_REBUILD: 1,
} as const satisfies Record<ActKind, number>;

/** An act on record. Positions only grow; some may be left out. */
export type RecordedAct = Act & { readonly position: number; readonly format: number };

/** An act of the policy's history: the revision without its changes, which may be megabytes. */
export const policyRevisionAct = (record: PolicyRevisionAct): Act => ({
  kind: "POLICY_REVISION",
  id: `policy:${record.revision}`,
  record,
});

/** A change of the directory: how much and a digest, not the rows, which may be very many. */
export const directoryAct = (record: DirectoryAct): Act => ({
  kind: "DIRECTORY",
  id: `directory:${record.revision}`,
  record,
});

/** An act of a key's life. `once` tells apart what can happen to it more than once. */
export const apiKeyAct = (record: ApiKeyAct, once?: string): Act => ({
  kind: "API_KEY",
  id: `key:${record.keyId}:${record.event.toLowerCase()}${once === undefined ? "" : `:${once}`}`,
  record,
});

/** An act of somebody who goes on with a journal that is not all there. */
export const recoveryAct = (id: string, record: RecoveryAct): Act => ({
  kind: "RECOVERY",
  id: `recovery:${id}`,
  record,
});

/** An act of somebody who asks what would be. */
export const simulationAct = (id: string, record: SimulationAct): Act => ({
  kind: "SIMULATION",
  id: `simulation:${id}`,
  record,
});

/** That somebody read what is on record of others, or took it away. */
export const auditAct = (id: string, record: AuditAct): Act => ({ kind: "AUDIT", id: `audit:${id}`, record });

/** A step in the life of a proposal. `once` tells apart those that it may take more than once; empty: it takes it once. */
export const proposalAct = (record: ProposalAct, once: string): Act => ({
  kind: "PROPOSAL",
  id: `proposal:${record.proposalId}:${record.event.toLowerCase()}${once === "" ? "" : `:${once}`}`,
  record,
});

/** An act of somebody who reads what patients agreed to or refused. */
export const consentReadAct = (id: string, record: ConsentReadAct): Act => ({
  kind: "CONSENT_READ",
  id: `consent-read:${id}`,
  record,
});

/** A version of a consent: the whole of it, also where it says that those before hold no more. */
export const consentAct = (record: Consent): Act => ({
  kind: "CONSENT",
  id: `consent:${record.id}:${record.version}`,
  record,
});

/** A step in the life of an access request, each of which is taken once. */
export const accessRequestAct = (record: AccessRequestAct): Act => ({
  kind: "ACCESS_REQUEST",
  id: `access-request:${record.requestId}:${record.event.toLowerCase()}`,
  record,
});

/** That a patient was asked for consent, or has answered, each of which is once. */
export const consentRequestAct = (record: ConsentRequestAct): Act => ({
  kind: "CONSENT_REQUEST",
  id: `consent-request:${record.requestId}:${record.event.toLowerCase()}`,
  record,
});

/** A step in the life of an emergency, each of which is taken once. */
export const breakGlassAct = (record: BreakGlassAct): Act => ({
  kind: "BREAK_GLASS",
  id: `break-glass:${record.breakGlassId}:${record.event.toLowerCase()}`,
  record,
});

/** That somebody had a notification sent anew; `id` tells it from other times. */
export const webhookAct = (id: string, record: WebhookAct): Act => ({ kind: "WEBHOOK", id: `webhook:${id}`, record });

/** A step of an access review; `once` tells apart those that it takes more than once. */
export const reviewAct = (record: ReviewAct, once: string): Act => ({
  kind: "REVIEW",
  id: `review:${record.campaignId}:${record.event.toLowerCase()}${once === "" ? "" : `:${once}`}`,
  record,
});

/** A step in the life of an alert, each of which is taken once, but corrections. */
export const alertAct = (record: AlertAct): Act => ({
  kind: "ALERT",
  id: `alert:${record.alertId}:${record.event.toLowerCase()}${record.correction === undefined ? "" : `:${record.correction}`}`,
  record,
});

/** That alerts are suppressed for a while, or no more. */
export const alertSuppressionAct = (record: AlertSuppressionAct): Act => ({
  kind: "ALERT_SUPPRESSION",
  id: `alert-suppression:${record.suppressionId}:${record.event.toLowerCase()}`,
  record,
});

/** That somebody set a detector. */
export const detectorAct = (record: DetectorAct): Act => ({
  kind: "DETECTOR",
  id: `detector:${record.detector}:${record.version}`,
  record,
});

/** A step in the life of an inquiry, each of which is taken once. */
export const inquiryAct = (record: InquiryAct): Act => ({
  kind: "INQUIRY",
  id: `inquiry:${record.inquiryId}:${record.event.toLowerCase()}`,
  record,
});

/** That a weekly sample was drawn, or an access of it was judged, which `accessId` names. */
export const sampleAct = (record: SampleAct, accessId?: string): Act => ({
  kind: "SAMPLE",
  id: accessId === undefined ? `sample:${record.week}:drawn` : `sample:${accessId}:judged`,
  record,
});

/** That another key signs checkpoints; `id` tells it from other times. */
export const checkpointKeyAct = (id: string, record: CheckpointKeyAct): Act => ({
  kind: "CHECKPOINT_KEY",
  id: `checkpoint-key:${id}`,
  record,
});

/** A step in the life of a restriction, each of which is taken once. */
export const restrictionAct = (record: RestrictionAct): Act => ({
  kind: "RESTRICTION",
  id: `restriction:${record.restrictionId}:${record.event.toLowerCase()}`,
  record,
});

/** That values were erased after their time; it stands before the erasure itself, in the same transaction. */
export const erasureAct = (id: string, record: ErasureAct): Act => ({ kind: "ERASURE", id: `erasure:${id}`, record });

/** That a legal hold was placed or lifted, each of which is once. */
export const legalHoldAct = (record: LegalHoldAct): Act => ({
  kind: "LEGAL_HOLD",
  id: `legal-hold:${record.holdId}:${record.event.toLowerCase()}`,
  record,
});

/** That an accounting was suspended, or that this was ended, each of which is once. */
export const accountingSuspensionAct = (record: AccountingSuspensionAct): Act => ({
  kind: "ACCOUNTING_SUSPENSION",
  id: `accounting-suspension:${record.suspensionId}:${record.event.toLowerCase()}`,
  record,
});

/** That the acts of a month are in a file, and leave the database. */
export const archiveAct = (record: ArchiveAct): Act => ({ kind: "ARCHIVE", id: `archive:${record.until}`, record });

/** That somebody revoked tokens, or ended that. */
export const tokenRevocationAct = (record: TokenRevocationAct): Act => ({
  kind: "TOKEN_REVOCATION",
  id: `token-revocation:${record.revocationId}:${record.event.toLowerCase()}`,
  record,
});

/** That a table of the search index was made again, or an auditor has taken note of that, each of which is once. */
export const indexRebuildAct = (record: IndexRebuildAct): Act => ({
  kind: "INDEX_REBUILD",
  id: `index-rebuild:${record.rebuildId}:${record.event.toLowerCase()}`,
  record,
});
