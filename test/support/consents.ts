import type { Consent, ConsentException, DataTerms } from "../../src/domain/consent/types.ts";

export const ALL_DATA: DataTerms = {
  resourceTypes: null,
  categories: null,
  labels: null,
  codes: null,
  references: null,
  authors: null,
  from: null,
  until: null,
};
const ANY = {
  recipients: null,
  scopes: null,
  purposes: null,
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  validUntil: null,
} as const;

/** A consent of ann to everything, recorded long ago, but for what is said. */
export const consentOf = (more: Partial<Consent> = {}): Consent => ({
  ...ANY,
  id: "c",
  version: 1,
  step: "RECORDED",
  patient: "ann",
  effect: "PERMIT",
  includeNarrower: false,
  exceptions: [],
  source: { kind: "PORTAL", reference: null },
  madeAt: 1_700_000_000_000,
  recordedBy: "key-1",
  recordedAt: 1_700_000_000_000,
  reason: "As the patient says.",
  ...more,
});

export const exceptionOf = (more: Partial<ConsentException>): ConsentException => ({ ...ANY, effect: "DENY", ...more });
