import { type OrganizationSettings, settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { DAY_MS } from "../../policy/use.ts";
import { ERASED_KINDS, KINDS } from "../../record/kinds.ts";
import { type HoldTerms, isHeld } from "./legalHold.ts";

/** No year is longer: what is kept for years is kept a few days more rather than one less. */
const YEAR_MS = 366 * DAY_MS;

/** The members by which acts that are erased say when they were. */
const TIMES = [...new Set(ERASED_KINDS.map((kind) => KINDS[kind].time))];

/** An act as the journal holds it, as far as its time goes. */
interface AgingAct {
  readonly record: string;
  readonly personal: string;
}

interface Said {
  readonly [time: string]: unknown;
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
function timeOf(said: Said): number | null {
  return TIMES.map((member) => said[member]).find((time) => typeof time === "number") ?? null;
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
