import { type ActKind, KINDS, type RecordOf } from "./kinds.ts";
import type { OnRecord } from "./onRecord.ts";

/** An act that is to be put on record. `id` is what it is, so that the same act can't stand there twice. */
export type Act = {
  readonly [Kind in ActKind]: { readonly kind: Kind; readonly id: string; readonly record: RecordOf<Kind> };
}[ActKind];

/** An act on record. Positions only grow; some may be left out. */
export type RecordedAct = Act & { readonly position: number; readonly format: number };

/** `once` tells apart what may be made more often than once. */
function actOf<Kind extends ActKind>(kind: Kind, record: RecordOf<Kind>, once: string): Act {
  const { id } = KINDS[kind] as unknown as Pick<OnRecord<RecordOf<Kind>>, "id">;
  return { kind, id: id(record, once), record } as Act;
}

/** Makes acts of a kind. */
const acts =
  <Kind extends ActKind>(kind: Kind) =>
  (record: RecordOf<Kind>, once = ""): Act =>
    actOf(kind, record, once);
/** The same, of a kind whose acts are named by nothing that they say. */
const namedActs =
  <Kind extends ActKind>(kind: Kind) =>
  (id: string, record: RecordOf<Kind>): Act =>
    actOf(kind, record, id);

export const policyRevisionAct = acts("POLICY_REVISION");
export const directoryAct = acts("DIRECTORY");
export const apiKeyAct = acts("API_KEY");
export const recoveryAct = namedActs("RECOVERY");
export const simulationAct = namedActs("SIMULATION");
export const proposalAct = acts("PROPOSAL");
export const consentReadAct = namedActs("CONSENT_READ");
export const consentAct = acts("CONSENT");
export const accessRequestAct = acts("ACCESS_REQUEST");
export const consentRequestAct = acts("CONSENT_REQUEST");
export const breakGlassAct = acts("BREAK_GLASS");
export const webhookAct = namedActs("WEBHOOK");
export const reviewAct = acts("REVIEW");
export const alertAct = acts("ALERT");
export const alertSuppressionAct = acts("ALERT_SUPPRESSION");
export const detectorAct = acts("DETECTOR");
export const inquiryAct = acts("INQUIRY");
export const sampleAct = acts("SAMPLE");
export const restrictionAct = acts("RESTRICTION");
export const auditAct = namedActs("AUDIT");
export const checkpointKeyAct = namedActs("CHECKPOINT_KEY");
export const erasureAct = namedActs("ERASURE");
export const legalHoldAct = acts("LEGAL_HOLD");
export const archiveAct = acts("ARCHIVE");
export const accountingSuspensionAct = acts("ACCOUNTING_SUSPENSION");
export const tokenRevocationAct = acts("TOKEN_REVOCATION");
export const indexRebuildAct = acts("INDEX_REBUILD");
export const accountingGivenAct = namedActs("ACCOUNTING_GIVEN");
