import { type Json, sameJson } from "../../kernel/canonical.ts";
import { isoTime } from "../../kernel/time.ts";
import type { AccessGiven } from "../../policy/fourEyes.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Assignment, holderKey, rowKey, type Validity } from "../../policy/types.ts";
import type { AskedAccess, KeptAccessRequest } from "./accessRequest.ts";

const MINUTE_MS = 60_000;

/** The assignment that a request is about, without its period; null: it is about a scope. */
const assignmentOf = ({ subject, role, organization }: AskedAccess): Omit<Assignment, keyof Validity> | null =>
  subject === null || role === null || organization === null
    ? null
    : { subjectId: subject.id, subjectType: subject.type, clientId: null, role, organization };

/** The period of the row that stands where the access would be given; null: there is none. */
function standingPeriod(snapshot: Snapshot, asked: AskedAccess): Validity | null {
  const of = assignmentOf(asked);
  if (of === null) return snapshot.grants.get(asked.clientId ?? "")?.get(asked.scope ?? "") ?? null;
  const key = rowKey.assignment({ ...of, validFrom: null, validUntil: null });
  return snapshot.assignments.get(holderKey(of))?.get(key) ?? null;
}

/** The operation that puts the row, or, without a period, ends it. */
function operationOf(asked: AskedAccess, period: Validity | null): PolicyOperation {
  const assignment = assignmentOf(asked);
  if (assignment !== null) {
    const { clientId: _, ...of } = assignment;
    return period === null ? { unassignRole: of } : { assignRole: { ...of, ...saidOf(period) } };
  }
  const of = { clientId: asked.clientId ?? "", scope: asked.scope ?? "" };
  return period === null ? { revokeScope: of } : { grantScope: { ...of, ...saidOf(period) } };
}
/** Null never stands for what is left out. */
const saidOf = ({ validFrom, validUntil }: Validity): Partial<Validity> => ({
  ...(validFrom === null ? {} : { validFrom }),
  ...(validUntil === null ? {} : { validUntil }),
});

const samePeriod = (a: Validity, b: Validity): boolean => a.validFrom === b.validFrom && a.validUntil === b.validUntil;

/** What an approval would do to the policy, or why it can't: the member of the request at fault, and what is expected of it. */
export type Giving =
  | { readonly ok: true; readonly operation: PolicyOperation; readonly given: AccessGiven["given"] }
  | { readonly ok: false; readonly member: keyof AskedAccess; readonly message: string };

/** Why somebody who holds it already, or will, is given nothing; null: they are. */
function obstacle(period: Validity | null, { now, until }: { readonly now: number; readonly until: number }) {
  if (period === null || (period.validUntil !== null && period.validUntil <= now)) return null;
  if (period.validFrom !== null && period.validFrom > now)
    return `is planned already, from ${isoTime(period.validFrom)}: an admin can let that begin earlier`;
  if (period.validUntil === null) return "is held already, without an end";
  return period.validUntil < until ? null : `is held already, until ${isoTime(period.validUntil)}`;
}

/**
 * What an approval at `now` would do: one assignment or grant from now until the minutes are over. One that holds and ends earlier is
 * made longer; nothing becomes shorter. `standing`: other requests of the same role or scope.
 */
export function giving(
  snapshot: Snapshot,
  asked: AskedAccess,
  { now, standing }: { readonly now: number; readonly standing: readonly KeptAccessRequest[] },
): Giving {
  const no = (member: keyof AskedAccess, message: string): Giving => ({ ok: false, member, message });
  const most = settingsOf(snapshot, asked.role === null ? null : asked.organization).accessRequestMaxMinutes;
  const where = asked.role === null || asked.organization === ALL_ORGANIZATIONS ? "" : ` in ${asked.organization}`;
  if (most === 0) return no("minutes", `can't be requested${where}: accessRequestMaxMinutes is not set`);
  if (asked.minutes > most) return no("minutes", `must be from 1 to ${most}, the longest that is let${where}`);
  const what = asked.role === null ? "scope" : "role";
  const until = now + asked.minutes * MINUTE_MS;
  const row = standingPeriod(snapshot, asked);
  const everywhere =
    asked.role === null ? null : standingPeriod(snapshot, { ...asked, organization: ALL_ORGANIZATIONS });
  const holds = everywhere !== null && (everywhere.validFrom === null || everywhere.validFrom <= now);
  const held = obstacle(row, { now, until }) ?? (holds ? longEnough(everywhere, until) : null);
  if (held !== null) return no(what, held);
  const lasts = row !== null && (row.validUntil === null || row.validUntil > now);
  const period = { validFrom: lasts ? row.validFrom : now, validUntil: until };
  return {
    ok: true,
    operation: operationOf(asked, period),
    given: { ...period, before: lasts ? before(row, standing) : null },
  };
}

const longEnough = ({ validUntil }: Validity, until: number): string | null =>
  validUntil === null || validUntil >= until ? "is held already, in all organizations" : null;

/** What stood there before any access request: of what an earlier one gave, what stood before that. */
function before(row: Validity, standing: readonly KeptAccessRequest[]): Validity | null {
  const earlier = standing.find(({ given }) => given !== null && samePeriod(given, row));
  if (earlier?.given) return earlier.given.before;
  return { validFrom: row.validFrom, validUntil: row.validUntil };
}

/** What takes the access back; null: what stands there now is not what was given. What was there before comes back with its own end. */
export function takingBack(snapshot: Snapshot, request: KeptAccessRequest, now: number): PolicyOperation | null {
  const { given } = request;
  const row = standingPeriod(snapshot, request);
  if (given === null || row === null || !samePeriod(row, given)) return null;
  const { before } = given;
  const goesOn = before !== null && before.validUntil !== null && before.validUntil > now;
  return operationOf(request, goesOn ? before : null);
}

/** Whether two are the same change of the policy. */
export const sameOperation = (a: PolicyOperation, b: PolicyOperation): boolean =>
  sameJson(a as unknown as Json, b as unknown as Json);
