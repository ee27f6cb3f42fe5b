import type { AccessRequest, DecisionRecord, GrantRequest } from "../../decisions/types.ts";
import type { Holder } from "../../policy/types.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { parseSmartScope } from "../../scopes/smart.ts";

/** One rule by which a scope was allowed. */
export interface Way {
  readonly ruleId: string;
  /** From the role that is held to the one that the rule names; empty: the rule is for any role. */
  readonly roles: readonly string[];
  /** Whether the first of them is assigned; else the caller asserts it. */
  readonly isAssigned: boolean;
}

/** What is asked of the atoms of a scope; null: of a token all of them. */
export type Asked = { readonly action: string; readonly resourceType: string } | null;

/** One scope by which a decision was allowed, with the rules by which. */
export interface ScopeBasis {
  readonly scope: string;
  readonly isSmart: boolean;
  /** One of them is enough. */
  readonly ways: readonly Way[];
}

/** What of the policy an allowed decision rests on, as its record names it. */
export interface Basis {
  /** Of the policy. */
  readonly revision: number;
  /** When it was decided; milliseconds since 1970. */
  readonly at: number;
  readonly clientId: string;
  readonly subject: { readonly type: string; readonly id: string } | null;
  /** Whose roles count. */
  readonly holder: Holder;
  /** Where the roles are held; null: in all organizations. Of a token it is left open: absent. */
  readonly organization?: string | null;
  readonly asked: Asked;
  readonly scopes: readonly ScopeBasis[];
}

const ASSERTED = " (asserted by the caller)";

function wayOf(ruleId: string, role: string | null): Way {
  const [first, ...others] = role === null ? [] : role.split(" -> ");
  if (first === undefined) return { ruleId, roles: [], isAssigned: false };
  const isAssigned = !first.endsWith(ASSERTED);
  return { ruleId, roles: [isAssigned ? first : first.slice(0, -ASSERTED.length), ...others], isAssigned };
}

/** `request` is merged with what the directory had. Null: it was denied, or its record names no rule. */
export function basisOf(record: DecisionRecord, request: AccessRequest | GrantRequest): Basis | null {
  if (record.outcome !== "ALLOW") return null;
  const ways = new Map<string, Way[]>();
  for (const { code, role, ruleId, scope } of record.reasons) {
    if (code !== "ALLOWED_BY_RULE" || scope === null || ruleId === null) continue;
    const way = wayOf(ruleId, role);
    const known = ways.get(scope);
    if (known === undefined) ways.set(scope, [way]);
    else known.push(way);
  }
  if (ways.size === 0) return null;
  const { clientId } = request;
  const subject = request.subject === null ? null : { type: request.subject.type, id: request.subject.id };
  const of = { subjectId: subject?.id ?? null, subjectType: subject?.type ?? null };
  const { action, resource } = { action: null, resource: null, ...request };
  return {
    revision: record.policyRevision,
    at: record.decidedAt,
    clientId,
    subject,
    holder: { ...of, clientId: subject === null ? clientId : null },
    ...(resource !== null && { organization: resource.organization }),
    asked:
      resource === null || action === null
        ? null
        : { action: requestedAction(action, resource), resourceType: resource.type },
    scopes: [...ways].map(([scope, found]) => ({
      scope,
      isSmart: parseSmartScope(scope) !== null,
      ways: found,
    })),
  };
}
