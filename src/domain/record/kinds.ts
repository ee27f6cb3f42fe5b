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
import { type AccountingGivenAct, accountingGivenOnRecord } from "./accountingGivenAct.ts";
import { type AccountingSuspensionAct, accountingSuspensionOnRecord } from "./accountingSuspensionAct.ts";
import { type AlertAct, type AlertSuppressionAct, alertOnRecord, alertSuppressionOnRecord } from "./alertAct.ts";
import { type ArchiveAct, archiveOnRecord } from "./archive/archiveAct.ts";
import { type AuditAct, auditOnRecord } from "./auditAct.ts";
import {
  accessRequestOnRecord,
  breakGlassOnRecord,
  consentRequestOnRecord,
  restrictionOnRecord,
  tokenRevocationOnRecord,
} from "./casesOnRecord.ts";
import { type CheckpointKeyAct, checkpointKeyOnRecord } from "./checkpointKeyAct.ts";
import { consentOnRecord, consentReadOnRecord } from "./consentOnRecord.ts";
import { decisionOnRecord } from "./decisionOnRecord.ts";
import { type DetectorAct, detectorOnRecord } from "./detectorAct.ts";
import { type ErasureAct, erasureOnRecord } from "./erasureAct.ts";
import { type IndexRebuildAct, indexRebuildOnRecord } from "./indexRebuildAct.ts";
import { type InquiryAct, inquiryOnRecord } from "./inquiryAct.ts";
import { type LegalHoldAct, legalHoldOnRecord } from "./legalHoldAct.ts";
import type { OnRecord } from "./onRecord.ts";
import { type ProposalAct, proposalOnRecord } from "./proposalAct.ts";
import { type RecoveryAct, recoveryOnRecord } from "./recovery.ts";
import { type ReviewAct, reviewOnRecord } from "./reviewAct.ts";
import { apiKeyOnRecord, directoryOnRecord, policyRevisionOnRecord } from "./revisionsOnRecord.ts";
import { type SampleAct, sampleOnRecord } from "./sampleAct.ts";
import { type SimulationAct, simulationOnRecord } from "./simulationAct.ts";
import { type WebhookAct, webhookOnRecord } from "./webhookAct.ts";

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
  readonly ACCOUNTING_GIVEN: AccountingGivenAct;
}

/** How acts of each kind stand there: what follows from a kind follows from its row. */
export const KINDS = {
  DECISION: decisionOnRecord,
  POLICY_REVISION: policyRevisionOnRecord,
  DIRECTORY: directoryOnRecord,
  API_KEY: apiKeyOnRecord,
  RECOVERY: recoveryOnRecord,
  SIMULATION: simulationOnRecord,
  PROPOSAL: proposalOnRecord,
  CONSENT_READ: consentReadOnRecord,
  CONSENT: consentOnRecord,
  ACCESS_REQUEST: accessRequestOnRecord,
  CONSENT_REQUEST: consentRequestOnRecord,
  BREAK_GLASS: breakGlassOnRecord,
  WEBHOOK: webhookOnRecord,
  REVIEW: reviewOnRecord,
  ALERT: alertOnRecord,
  ALERT_SUPPRESSION: alertSuppressionOnRecord,
  DETECTOR: detectorOnRecord,
  INQUIRY: inquiryOnRecord,
  SAMPLE: sampleOnRecord,
  RESTRICTION: restrictionOnRecord,
  AUDIT: auditOnRecord,
  CHECKPOINT_KEY: checkpointKeyOnRecord,
  ERASURE: erasureOnRecord,
  LEGAL_HOLD: legalHoldOnRecord,
  ARCHIVE: archiveOnRecord,
  ACCOUNTING_SUSPENSION: accountingSuspensionOnRecord,
  TOKEN_REVOCATION: tokenRevocationOnRecord,
  INDEX_REBUILD: indexRebuildOnRecord,
  ACCOUNTING_GIVEN: accountingGivenOnRecord,
} as const satisfies { readonly [Kind in keyof Acts]: OnRecord<Acts[Kind]> };

export type ActKind = keyof Acts;
/** What an act of a kind says. */
export type RecordOf<Kind extends ActKind> = Acts[Kind];

export const ACT_KINDS = Object.keys(KINDS) as readonly ActKind[];
export const isActKind = (kind: string): kind is ActKind => Object.hasOwn(KINDS, kind);

/** The kinds that webhooks tell of. */
export type NotifyingKind = {
  [Kind in ActKind]: (typeof KINDS)[Kind] extends { readonly notifies: true } ? Kind : never;
}[ActKind];
/** The kinds that can be told as events, OCSF or FHIR. */
export const EVENT_KINDS = ACT_KINDS.filter((kind) => "isEvent" in KINDS[kind]);
/** The kinds of which what identifies people is erased after its time. */
export const ERASED_KINDS = ACT_KINDS.filter((kind) => KINDS[kind].erased === "OVER");
