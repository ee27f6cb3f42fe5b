import { type Act, type ActKind, FORMATS } from "../acts.ts";
import type { StoredAct } from "../tree/leafEntry.ts";

type RecordOf<Kind extends ActKind> = Extract<Act, { readonly kind: Kind }>["record"];

/** The member of an act that says when it was, by its kind. */
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
  ARCHIVE: "at",
} as const satisfies { readonly [Kind in ActKind]: keyof RecordOf<Kind> };

/** When an act was, by the clock of who put it on record, in milliseconds since 1970; null: it does not say. */
export function actTime({ kind, record }: Pick<StoredAct, "kind" | "record">): number | null {
  if (!Object.hasOwn(FORMATS, kind)) return null;
  const time = (JSON.parse(record) as { readonly [member: string]: unknown })[TIME_OF[kind as ActKind]];
  return typeof time === "number" && Number.isSafeInteger(time) ? time : null;
}
