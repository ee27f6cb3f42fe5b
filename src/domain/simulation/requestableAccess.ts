import type { AskedAccess } from "../consent/accessRequests/accessRequest.ts";
import { giving } from "../consent/accessRequests/givenAccess.ts";
import { decide } from "../decisions/decide.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import type { Reason } from "../decisions/reason.ts";
import type { AccessRequest, DecisionRecord } from "../decisions/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import { applyOperations } from "../policy/apply.ts";
import { settingsOf } from "../policy/organizations.ts";
import { ALL_ORGANIZATIONS } from "../policy/types.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** Access that can be requested, as `requestAccess` takes it, and for how many minutes at most. */
export type RequestableAccess = Pick<AskedAccess, "role" | "organization" | "clientId" | "scope"> & {
  readonly maxMinutes: number;
};

/** What is tried of one denial. */
const MOST_TRIED = 10;

/** What the reasons of a denial say is missing, each once: a role that the subject has not, a scope that the client is not granted. */
function missing(request: AccessRequest, reasons: readonly Reason[]): readonly Omit<AskedAccess, "minutes">[] {
  const { clientId, subject } = request;
  const organization = request.resource.organization ?? ALL_ORGANIZATIONS;
  const found = new Map<string, Omit<AskedAccess, "minutes">>();
  for (const reason of reasons) {
    if (reason.code === "NO_MATCHING_RULE" && subject !== null)
      for (const role of reason.parameters.needs)
        found.set(`role ${role}`, { subject, role, organization, clientId: null, scope: null });
    if (reason.code === "SCOPE_NOT_GRANTED" && reason.scope !== null)
      found.set(`scope ${reason.scope}`, {
        subject: null,
        role: null,
        organization: null,
        clientId,
        scope: reason.scope,
      });
  }
  return [...found.values()].slice(0, MOST_TRIED);
}

/**
 * The access requests any one of which, once approved, would make an ALLOW of a denied access: each is tried, by the policy and the
 * directory of now. Empty for what was allowed, for tokens, and where one request is not enough.
 */
export async function requestableAccess(
  { facts, changeFacts, gather }: Hypothesis & { readonly gather: GatherAccess },
  record: DecisionRecord,
  breathe: Breathe,
): Promise<readonly RequestableAccess[]> {
  // What is erased can't be tried.
  if (record.kind !== "ACCESS" || record.outcome !== "DENY" || record.erased !== undefined) return [];
  const { snapshot, now } = facts;
  // What patients have said by now, and what emergencies are open.
  const gathered = (await gather(facts, [record.request])).get(record.request);
  const known = gathered === undefined ? facts : { ...facts, gathered };
  const found: RequestableAccess[] = [];
  for (const asked of missing(record.request, record.reasons)) {
    const { role, organization, clientId, scope } = asked;
    const maxMinutes = settingsOf(snapshot, organization).accessRequestMaxMinutes;
    const would = giving(snapshot, { ...asked, minutes: Math.min(1, maxMinutes) }, { now, standing: [] });
    if (!would.ok) continue;
    await breathe();
    const applied = applyOperations(snapshot, [would.operation], changeFacts);
    if (applied.ok && decide({ ...known, snapshot: applied.snapshot }, record.request).outcome === "ALLOW")
      found.push({ role, organization, clientId, scope, maxMinutes });
  }
  return found;
}
