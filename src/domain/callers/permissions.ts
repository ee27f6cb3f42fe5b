import { ScopewardenError } from "../kernel/errors.ts";
import type { Caller, CallerRole } from "./types.ts";

const policyReaders: readonly CallerRole[] = ["admin", "reviewer", "auditor"];
const admins: readonly CallerRole[] = ["admin"];

/**
 * Which role may call which root field: the one table. A root field without a row is open to nobody, and fails
 * the tests. A service that reads decisions sees those that it asked for itself, and no others.
 */
export const PERMISSIONS: { readonly [rootField: string]: readonly CallerRole[] } = {
  authorize: ["service"],
  authorizeBatch: ["service"],
  decideGrant: ["service"],

  decision: ["service", "auditor"],
  decisions: ["service", "auditor"],

  scope: policyReaders,
  scopes: policyReaders,
  client: policyReaders,
  clients: policyReaders,
  role: policyReaders,
  roles: policyReaders,
  rule: policyReaders,
  rules: policyReaders,
  grants: policyReaders,
  assignments: policyReaders,
  policyRevision: policyReaders,
  policyRevisions: policyReaders,

  applyPolicy: admins,
  rollbackPolicy: admins,
  createScope: admins,
  updateScope: admins,
  activateScope: admins,
  deprecateScope: admins,
  retireScope: admins,
  deleteScope: admins,
  createClient: admins,
  updateClient: admins,
  deleteClient: admins,
  grantScope: admins,
  revokeScope: admins,
  createRole: admins,
  updateRole: admins,
  deleteRole: admins,
  assignRole: admins,
  unassignRole: admins,
  createRule: admins,
  updateRule: admins,
  deleteRule: admins,

  apiKeys: admins,
  createApiKey: admins,
  revokeApiKey: admins,
};

/** @throws ScopewardenError FORBIDDEN, naming the roles that may. */
export function requirePermission(caller: Caller, rootField: string): void {
  const allowed = Object.hasOwn(PERMISSIONS, rootField) ? (PERMISSIONS[rootField] ?? []) : [];
  if (allowed.some((role) => caller.roles.has(role))) return;
  throw new ScopewardenError(
    "FORBIDDEN",
    allowed.length === 0
      ? `${rootField} is open to no role.`
      : `${rootField} needs the role ${allowed.join(" or ")}; this caller holds ${[...caller.roles].join(", ") || "none"}.`,
  );
}

/** The caller id that a caller's view of the journal is limited to, or null when it may see all. */
export function journalView(caller: Caller): string | null {
  return caller.roles.has("auditor") ? null : caller.id;
}
