import type { Act, ActKind } from "./acts.ts";

/** The member of each kind's record that says when it was, in milliseconds since 1970. It identifies nobody: the open part has it. */
const TIME_OF = {
  DECISION: "decidedAt",
  POLICY_REVISION: "committedAt",
  DIRECTORY: "committedAt",
  API_KEY: "at",
  RECOVERY: "at",
  SIMULATION: "at",
  PROPOSAL: "at",
  CONSENT_READ: "at",
  CONSENT: "recordedAt",
  ACCESS_REQUEST: "at",
  CONSENT_REQUEST: "at",
  BREAK_GLASS: "at",
  WEBHOOK: "at",
  REVIEW: "at",
  ALERT: "at",
  ALERT_SUPPRESSION: "at",
  DETECTOR: "at",
  INQUIRY: "at",
  SAMPLE: "at",
  AUDIT: "at",
  CHECKPOINT_KEY: "at",
  RESTRICTION: "at",
  ERASURE: "at",
  LEGAL_HOLD: "at",
  ARCHIVE: "at",
  ACCOUNTING_SUSPENSION: "at",
  TOKEN_REVOCATION: "at",
  INDEX_REBUILD: "at",
} as const satisfies { readonly [Kind in ActKind]: keyof Extract<Act, { readonly kind: Kind }>["record"] };

/** When an act was, by the clock of who recorded it, from the open part of its record. */
export function actTime({ kind, record }: { readonly kind: ActKind; readonly record: string }): number {
  return Number((JSON.parse(record) as Readonly<Record<string, unknown>>)[TIME_OF[kind]]);
}
