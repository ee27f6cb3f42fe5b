import { type OrganizationSettings, settingsOf } from "../../policy/organizations.ts";
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
  ACCOUNTING_SUSPENSION: "LASTING",
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
  INDEX_REBUILD: "NOBODY",
  INQUIRY: "LASTING",
  LEGAL_HOLD: "LASTING",
  POLICY_REVISION: "NOBODY",
  PROPOSAL: "LASTING",
  RECOVERY: "NOBODY",
  RESTRICTION: "LASTING",
  REVIEW: "LASTING",
  SAMPLE: "LASTING",
  TOKEN_REVOCATION: "LASTING",
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
  readonly facts?: readonly { readonly kind: string; readonly type?: string }[];
  readonly request?: { readonly resource?: { readonly organization?: string | null; readonly type?: string } };
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

/** How long an act is kept, and whether at all costs. */
type Kept = Pick<OrganizationSettings, "legalHold" | "retentionYears">;

const strictest = (all: readonly Kept[]): Kept => ({
  legalHold: all.some(({ legalHold }) => legalHold),
  retentionYears: Math.max(...all.map(({ retentionYears }) => retentionYears)),
});

const anywhere = new WeakMap<Snapshot["organizations"], Kept>();

/** The strictest of what holds in any organization. */
function strictestOf(snapshot: Snapshot): Kept {
  const { organizations } = snapshot;
  let known = anywhere.get(organizations);
  if (known === undefined) {
    known = strictest([null, ...organizations.keys()].map((id) => settingsOf(snapshot, id)));
    anywhere.set(organizations, known);
  }
  return known;
}

/**
 * What holds for an act: of a decision by the organization of its resource, as the request said it or the directory did, by the stricter where
 * they differ. Where what the directory said is not in the record any more it may be any organization.
 */
function keptBy({ facts = [], request }: Said, personal: string, snapshot: Snapshot): Kept {
  const resource = request?.resource;
  const asked = resource?.organization ?? null;
  const entities = facts.flatMap(({ kind, type }, i) => (kind === "ENTITY" && type === resource?.type ? [i] : []));
  if (resource === undefined || entities.length === 0) return settingsOf(snapshot, asked);
  const values: Readonly<Record<string, unknown>> = JSON.parse(personal);
  const own = entities.find((i) => values[`facts.${i}.id`] === values["request.resource.id"]);
  if (own === undefined) return settingsOf(snapshot, asked);
  const properties = values[`facts.${own}.properties`] as { readonly organization?: unknown } | undefined;
  if (properties === undefined) return asked === null ? strictestOf(snapshot) : settingsOf(snapshot, asked);
  const { organization: known } = properties;
  if (typeof known !== "string") return settingsOf(snapshot, asked);
  return strictest([known, asked ?? known].map((id) => settingsOf(snapshot, id)));
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
  const { legalHold, retentionYears } = keptBy(said, personal, snapshot);
  const until = at + retentionYears * YEAR_MS;
  if (until > now) return { at, is: "LATER", until };
  const isCovered = holds.length > 0 && isHeld({ at, record: said, personal: JSON.parse(personal) }, holds);
  return { at, is: legalHold || isCovered ? "HELD" : "DUE", until };
}
