import type { CaseKind } from "../generated/schema.ts";

/** The page on which a case of a kind is worked, and the member of its link that opens it. */
const CASE_PAGES: Readonly<Record<CaseKind, string>> = {
  ACCESS_REQUEST: "/access-requests",
  ACCOUNTING_SUSPENSION: "/holds",
  ALERT: "/alerts",
  BREAK_GLASS: "/emergencies",
  CONSENT_REQUEST: "/consents",
  INQUIRY: "/inquiries",
  LEGAL_HOLD: "/holds",
  PROPOSAL: "/proposals",
  RESTRICTION: "/restrictions",
  REVIEW_CAMPAIGN: "/reviews",
  REVIEW_ITEM: "/reviews",
  SAMPLE: "/samples",
  TOKEN_REVOCATION: "/keys",
};

/** Where a case is worked. */
export const caseLink = (
  kind: CaseKind,
  id: string,
): { readonly to: string; readonly search: { readonly id: string; readonly kind: CaseKind } } => ({
  to: CASE_PAGES[kind],
  search: { id, kind },
});
