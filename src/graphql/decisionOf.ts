import { countedAs } from "../domain/decisions/countedAs.ts";
import { decisionSubject } from "../domain/decisions/decisionSubject.ts";
import { decisiveReason, reasonCountOf, summaryText } from "../domain/decisions/summaryText.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import { RecordedScopeGrant, reasonsOf } from "./recordedReason.ts";

const NONE: readonly never[] = [];

/** A record of the journal in the contract's form. Its summary is printed where it is asked for, and only there. */
class RecordedDecision {
  readonly #record: DecisionRecord;
  readonly id;
  readonly kind;
  readonly outcome;
  readonly countedAs;
  readonly scope;
  readonly reasons;
  readonly reasonCount;
  readonly sufficientScopes;
  readonly obligations;
  readonly policyRevision;
  readonly decidedAt;
  readonly clientId;
  readonly subjectId;
  readonly subjectType;
  readonly action;
  readonly resourceType;
  readonly resourceId;
  readonly patient;
  readonly patients;
  readonly purposeOfUse;
  readonly request;
  readonly scopeGrants;
  readonly newScopes;
  readonly erased;

  constructor(record: DecisionRecord) {
    const { clientId, subject, purposeOfUse } = record.request;
    const { action, resourceType, resourceId, patient, patients } = decisionSubject(record);
    const grant = record.kind === "GRANT" ? record.details : null;
    const languages = record.kind === "GRANT" ? record.request.languages : null;
    this.#record = record;
    this.id = record.id;
    this.kind = record.kind;
    this.outcome = record.outcome;
    this.countedAs = countedAs(record);
    this.scope = record.scope;
    this.reasons = reasonsOf(record.reasons);
    this.reasonCount = reasonCountOf(record);
    this.sufficientScopes = record.sufficientScopes ?? NONE;
    this.obligations = record.obligations;
    this.policyRevision = record.policyRevision;
    this.decidedAt = record.decidedAt;
    this.clientId = clientId;
    this.subjectId = subject?.id ?? null;
    this.subjectType = subject?.type ?? null;
    this.action = action;
    this.resourceType = resourceType;
    this.resourceId = resourceId;
    this.patient = patient;
    this.patients = patients;
    this.purposeOfUse = purposeOfUse;
    this.request = record.request;
    this.scopeGrants = grant?.scopes.map((each) => new RecordedScopeGrant(each, languages)) ?? null;
    this.newScopes = grant?.newScopes ?? null;
    this.erased = record.erased ?? NONE;
  }

  static recordOf(decision: RecordedDecision): DecisionRecord {
    return decision.#record;
  }

  get by() {
    return { callerId: this.#record.callerId };
  }

  get decisiveReason() {
    return decisiveReason(this.#record)?.code ?? null;
  }

  get summary(): string {
    return summaryText(this.#record);
  }
}

/** What it was made of. */
export const { recordOf } = RecordedDecision;

export const decisionOf = (record: DecisionRecord): RecordedDecision => new RecordedDecision(record);
