import { settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { ActKind } from "../../record/acts.ts";
import { type HoldTerms, isHeld } from "./legalHold.ts";

/** No year is longer: what is kept for years is kept a few days more rather than one less. */
const YEAR_MS = 366 * DAY_MS;

/**
 * Whether what identifies people is erased from acts of a kind after its time. OVER: yes, such an act is over once it is done. LASTING:
 * no, as it may be in force still, and what it is about stands in other tables as well. NOBODY: it identifies nobody.
 */
const ERASED = {
  DECISION: "OVER",
  SIMULATION: "OVER",
  CONSENT_READ: "OVER",
  AUDIT: "OVER",
  ARCHIVE: "LASTING",
  ACCESS_REQUEST: "LASTING",
  ALERT: "LASTING",
  ALERT_SUPPRESSION: "LASTING",
  API_KEY: "LASTING",
  BREAK_GLASS: "LASTING",
  CHECKPOINT_KEY: "LASTING",
  CONSENT: "LASTING",
  CONSENT_REQUEST: "LASTING",
  DETECTOR: "LASTING",
  DIRECTORY: "NOBODY",
  ERASURE: "NOBODY",
  INQUIRY: "LASTING",
  LEGAL_HOLD: "LASTING",
  POLICY_REVISION: "NOBODY",
  PROPOSAL: "LASTING",
  RECOVERY: "NOBODY",
  RESTRICTION: "LASTING",
  REVIEW: "LASTING",
  SAMPLE: "LASTING",
  WEBHOOK: "LASTING",
} as const satisfies Record<ActKind, "OVER" | "LASTING" | "NOBODY">;

/** The kinds that are erased. */
export const ERASED_KINDS = (Object.keys(ERASED) as readonly ActKind[]).filter((kind) => ERASED[kind] === "OVER");

/** An act as the journal holds it, as far as its time goes. */
interface AgingAct {
  readonly record: string;
  readonly personal: string;
}

interface Said {
  readonly at?: unknown;
  readonly decidedAt?: unknown;
  readonly kind?: unknown;
  readonly request?: { readonly resource?: { readonly organization?: string | null } };
}

/** When an act was, in milliseconds since 1970, null where it does not say; and what becomes of it. */
export interface Due {
  readonly at: number | null;
  /** DUE: it is erased now. HELD: it would be, but for a hold. LATER: its time is not over. */
  readonly is: "DUE" | "HELD" | "LATER";
  /** When its time is over. */
  readonly until: number;
}

/** The shortest time that anything is kept under a policy, in milliseconds. */
export function shortestMs(snapshot: Snapshot): number {
  const years = [null, ...snapshot.organizations.keys()].map((id) => settingsOf(snapshot, id).retentionYears);
  return Math.min(...years) * YEAR_MS;
}

/** When an act was, in milliseconds since 1970; null: it does not say, and is never erased. */
function timeOf({ at, decidedAt }: Said): number | null {
  const time = decidedAt ?? at;
  return typeof time === "number" ? time : null;
}

/** What becomes of an act of one of `ERASED_KINDS`, by the settings of the organization that it is about, and the holds in force. */
export function dueOf(
  { personal, record }: AgingAct,
  { holds, now, snapshot }: { readonly snapshot: Snapshot; readonly holds: readonly HoldTerms[]; readonly now: number },
): Due {
  const said = JSON.parse(record) as Said;
  const at = timeOf(said);
  if (at === null) return { at, is: "LATER", until: Number.MAX_SAFE_INTEGER };
  const { legalHold, retentionYears } = settingsOf(snapshot, said.request?.resource?.organization ?? null);
  const until = at + retentionYears * YEAR_MS;
  if (until > now) return { at, is: "LATER", until };
  const isCovered = holds.length > 0 && isHeld({ at, record: said, personal: JSON.parse(personal) }, holds);
  return { at, is: legalHold || isCovered ? "HELD" : "DUE", until };
}
