import type { KeptInquiry } from "../../src/domain/monitoring/responses/inquiry.ts";

/** An inquiry as it is kept: rita asked rose at 10 about one read of ann's data, to be answered until 1,000. */
export const keptInquiry = (id: string, more: Partial<KeptInquiry> = {}): KeptInquiry => ({
  id,
  alertId: "alert-1",
  subject: { type: "user", id: "rose" },
  accesses: [
    { decisionId: "d1", at: 5, action: "read", resourceType: "Observation", patients: ["ann"], patientCount: 1 },
  ],
  reason: "a test about ann",
  askedAt: 10,
  askedBy: { callerId: "key:rita", subject: { type: "user", id: "rita", issuer: null } },
  endsAt: 1_000,
  answered: null,
  withdrawn: null,
  ...more,
});
export const ANSWERED: NonNullable<KeptInquiry["answered"]> = {
  at: 500,
  by: "key:portal",
  answeredBy: { type: "user", id: "rose" },
  reasonCode: "TREATMENT",
  text: "Ünïcode 𝄞: ann lay on my ward",
};
