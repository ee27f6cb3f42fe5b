import type { BreakGlassStore } from "../../consent/breakGlass/store.ts";
import type { ConsentStore } from "../../consent/store.ts";
import { decisionSubject } from "../../decisions/decisionSubject.ts";
import type { Reason } from "../../decisions/reason.ts";
import type { AccessRecord } from "../../decisions/types.ts";

/** Where it stands whose a consent or an emergency is. */
export interface OwnerStores {
  readonly consents: Pick<ConsentStore, "ofPatients">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
}

/** An access without what concerns other patients than the one to whom it is told. */
export type OwnPart = (record: AccessRecord) => AccessRecord;

/** The ids of consents and emergencies that are the patient's. */
interface Own {
  readonly consents: ReadonlySet<string>;
  readonly emergencies: ReadonlySet<string>;
}

const isOfOne = (record: AccessRecord, patient: string): boolean => {
  const { patients } = decisionSubject(record);
  return patients.length === 1 && patients[0] === patient;
};

/** Null: it says what concerns another patient, or may. */
function ownReason(reason: Reason, { consents, emergencies }: Own): Reason | null {
  switch (reason.code) {
    case "ALLOWED_BY_CONSENT": {
      const named = reason.personal?.consents.filter(({ id }) => consents.has(id)) ?? [];
      return named.length === 0 ? null : { ...reason, personal: { consents: named } };
    }
    case "BREAK_GLASS":
      return reason.parameters.id !== null && emergencies.has(reason.parameters.id) ? reason : null;
    case "CONSENT_REFUSED":
    case "CONSENT_WITHDRAWN":
    case "CONSENT_EXPIRED":
    case "CONSENT_OTHER_PURPOSE":
    case "CONSENT_OTHER_RECIPIENT":
    case "CONSENT_DATA_EXCEPTED":
    case "CONSENT_REQUIRED": {
      const named = reason.personal?.consents ?? [];
      return named.length > 0 && named.every(({ id }) => consents.has(id)) ? reason : null;
    }
    case "BREAK_GLASS_REQUIRED": {
      const named = reason.personal !== undefined && "consents" in reason.personal ? reason.personal.consents : [];
      return named.length > 0 && named.every(({ id }) => consents.has(id)) ? reason : null;
    }
    // It names the patients of the request.
    case "FACTS_DISAGREE":
      return reason.parameters.members.includes("resource.patient") ? null : reason;
    default:
      return reason;
  }
}

/**
 * How these accesses are told to a patient: of what is about several, reasons that rest on what another said, or may, are left out.
 * @throws ScopewardenError POLICY_UNAVAILABLE
 */
export async function ownParts(
  patient: string,
  records: readonly AccessRecord[],
  { breakGlasses, consents }: OwnerStores,
): Promise<OwnPart> {
  const shared = records.filter((record) => !isOfOne(record, patient));
  const reasons = shared.flatMap((record) => record.reasons);
  const named = new Set(
    reasons.flatMap((reason) => (reason.code === "BREAK_GLASS" ? (reason.parameters.id ?? []) : [])),
  );
  const opened = named.size === 0 ? [] : await breakGlasses.versions([...named].map((id) => ({ id, version: 1 })));
  const given = shared.length === 0 ? [] : await consents.ofPatients([patient]);
  const own: Own = {
    consents: new Set(given.map(({ id }) => id)),
    emergencies: new Set(opened.flatMap((each) => (each?.patient === patient ? [each.id] : []))),
  };
  return (record) =>
    isOfOne(record, patient)
      ? record
      : { ...record, reasons: record.reasons.flatMap((reason) => ownReason(reason, own) ?? []) };
}
