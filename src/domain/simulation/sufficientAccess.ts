import type { AskedAccess } from "../consent/accessRequests/accessRequest.ts";
import { giving } from "../consent/accessRequests/givenAccess.ts";
import { decide } from "../decisions/decide.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import type { Reason } from "../decisions/reason.ts";
import type { AccessRequest, DecisionRecord } from "../decisions/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import { applyOperations } from "../policy/apply.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import { settingsOf } from "../policy/organizations.ts";
import { ALL_ORGANIZATIONS } from "../policy/types.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** A role for the subject, or for the client that acts as itself; or a scope for the client. */
type MissingAccess = Omit<AskedAccess, "minutes">;

/** What would be enough, of a denial about a subject that the denial names. */
export type SufficientAccess = Pick<AskedAccess, "role" | "organization" | "clientId" | "scope">;

/** Access that can be requested, as `requestAccess` takes it, and for how many minutes at most. */
export type RequestableAccess = SufficientAccess & { readonly maxMinutes: number };

/** A denial, on record or not. */
interface Denied {
  readonly request: AccessRequest;
  readonly reasons: readonly Reason[];
}

export interface Trying extends Hypothesis {
  readonly gather: GatherAccess;
  readonly breathe: Breathe;
}

/** What is tried of one denial. */
const MOST_TRIED = 10;

/** What the reasons of a denial say is missing, each once: a role that is not held, a scope that the client is not granted. */
function missing({ request, reasons }: Denied): readonly MissingAccess[] {
  const { clientId, subject } = request;
  const organization = request.resource.organization ?? ALL_ORGANIZATIONS;
  const found = new Map<string, MissingAccess>();
  for (const reason of reasons) {
    if (reason.code === "NO_MATCHING_RULE")
      for (const role of reason.parameters.needs)
        found.set(`role ${role}`, {
          ...{ subject, role, organization, scope: null },
          clientId: subject === null ? clientId : null,
        });
    if (reason.code === "SCOPE_NOT_GRANTED" && reason.scope !== null)
      found.set(`scope ${reason.scope}`, {
        ...{ subject: null, role: null, organization: null },
        ...{ clientId, scope: reason.scope },
      });
  }
  return [...found.values()].slice(0, MOST_TRIED);
}

/** What of that makes an ALLOW of it, each by itself, if it is given by these operations; null: it can't be given. */
async function enough(
  { breathe, changeFacts, facts, gather }: Trying,
  denied: Denied,
  operationOf: (each: MissingAccess) => PolicyOperation | null,
): Promise<readonly MissingAccess[]> {
  const lacking = missing(denied);
  if (lacking.length === 0) return [];
  // What patients have said by now, and what emergencies are open.
  const gathered = (await gather(facts, [denied.request])).get(denied.request);
  const known = gathered === undefined ? facts : { ...facts, gathered };
  const found: MissingAccess[] = [];
  for (const each of lacking) {
    const operation = operationOf(each);
    if (operation === null) continue;
    await breathe();
    const applied = applyOperations(facts.snapshot, [operation], changeFacts);
    if (applied.ok && decide({ ...known, snapshot: applied.snapshot }, denied.request).outcome === "ALLOW")
      found.push(each);
  }
  return found;
}

function givenForGood({ clientId, organization, role, scope, subject }: MissingAccess): PolicyOperation {
  if (role === null) return { grantScope: { clientId: clientId ?? "", scope: scope ?? "" } };
  const holder = subject === null ? { clientId } : { subjectId: subject.id, subjectType: subject.type };
  return { assignRole: { ...holder, role, organization: organization ?? ALL_ORGANIZATIONS } };
}

const shown = ({ clientId, organization, role, scope }: MissingAccess): SufficientAccess => ({
  ...{ role, organization, clientId, scope },
});

/** The roles and scopes any one of which, given, would make an ALLOW of a denied access: each is tried. */
export async function sufficientAccess(trying: Trying, denied: Denied): Promise<readonly SufficientAccess[]> {
  return (await enough(trying, denied, givenForGood)).map(shown);
}

/** A denied access on record. What is erased can't be tried. */
const deniedIn = (record: DecisionRecord): Denied | null =>
  record.kind !== "ACCESS" || record.outcome !== "DENY" || record.erased !== undefined ? null : record;

/**
 * The same of a decision on record, by the policy and the directory of now. Empty for what was allowed, for tokens, and where one of them
 * is not enough.
 */
export async function sufficientSince(trying: Trying, record: DecisionRecord): Promise<readonly SufficientAccess[]> {
  const denied = deniedIn(record);
  return denied === null ? [] : sufficientAccess(trying, denied);
}

/** The access requests any one of which, once approved, would make an ALLOW of a decision on record, likewise. */
export async function requestableAccess(trying: Trying, record: DecisionRecord): Promise<readonly RequestableAccess[]> {
  const denied = deniedIn(record);
  if (denied === null) return [];
  const { now, snapshot } = trying.facts;
  const mostOf = ({ organization }: MissingAccess) => settingsOf(snapshot, organization).accessRequestMaxMinutes;
  const found = await enough(trying, denied, (each) => {
    // A role is requested for a subject alone.
    if (each.role !== null && each.subject === null) return null;
    const would = giving(snapshot, { ...each, minutes: Math.min(1, mostOf(each)) }, { now, standing: [] });
    return would.ok ? would.operation : null;
  });
  return found.map((each) => ({ ...shown(each), maxMinutes: mostOf(each) }));
}
