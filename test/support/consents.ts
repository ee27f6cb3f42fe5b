import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
import type { Consent, ConsentException } from "../../src/domain/consent/types.ts";

/** The first version of a consent of ann, to everything, but for what is said. */
export const consentOf = (more: Partial<Consent> = {}): Consent => ({
  id: "c1",
  version: 1,
  step: "RECORDED",
  patient: "ann",
  effect: "PERMIT",
  recipients: null,
  scopes: null,
  purposes: null,
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  validUntil: null,
  includeNarrower: false,
  exceptions: [],
  source: { kind: "PORTAL", reference: null },
  madeAt: 1_000,
  recordedBy: "key:portal",
  recordedAt: 1_000,
  reason: "a test",
  ...more,
});

export const exceptionOf = (more: Partial<ConsentException>): ConsentException => ({
  effect: "DENY",
  recipients: null,
  scopes: null,
  purposes: null,
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  validUntil: null,
  ...more,
});
