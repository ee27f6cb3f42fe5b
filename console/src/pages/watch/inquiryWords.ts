import type { InquiryReason } from "../../generated/schema.ts";

/** What a person says that accesses were for. */
export const REASONS: Readonly<Record<InquiryReason, string>> = {
  TREATMENT: "To treat the patient",
  CONSULTATION: "A colleague asked for advice",
  ADMINISTRATION: "To admit, bill or organize",
  QUALITY_OR_TEACHING: "To check quality, to teach or to learn",
  ASKED_BY_PATIENT: "The patient asked for it",
  OWN_OR_RELATED: "It was the own record, or that of somebody close",
  MISTAKE: "It was not meant: another record was wanted",
  NOT_ME: "Somebody else acted in this name",
  OTHER: "Something else",
};
