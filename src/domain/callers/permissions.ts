import { ScopewardenError } from "../kernel/errors.ts";
import { CALLER_ROLES, type Caller, type CallerRole } from "./types.ts";

const policyReaders: readonly CallerRole[] = ["admin", "reviewer", "auditor"];
const policyMakers: readonly CallerRole[] = ["admin", "reviewer"];
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
  lintScope: policyMakers,
  scopeUsage: policyReaders,
  retirementPreview: policyReaders,
  unusedGrants: policyReaders,
  minimalScopes: policyReaders,
  client: policyReaders,
  clients: policyReaders,
  role: policyReaders,
  roles: policyReaders,
  rule: policyReaders,
  rules: policyReaders,
  grants: policyReaders,
  assignments: policyReaders,
  entities: policyReaders,
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
  putEntity: admins,
  deleteEntity: admins,

  apiKeys: admins,
  createApiKey: admins,
  revokeApiKey: admins,
};

/** Which role may ask at which HTTP door beside GraphQL: the same, by path. A path without a row is open to nobody. */
export const DOORS: { readonly [path: string]: readonly CallerRole[] } = {
  "/access/v1/evaluation": ["service"],
  "/access/v1/evaluations": ["service"],
  "/access/v1/search/subject": ["service"],
  "/access/v1/search/resource": ["service"],
  "/access/v1/search/action": ["service"],
  "/access/v1/grant": ["service"],
  "/access/v1/openapi.json": CALLER_ROLES,
};

/** @throws ScopewardenError FORBIDDEN, naming the roles that may. */
export function requirePermission(caller: Caller, rootField: string): void {
  requireRole(caller, rootField, PERMISSIONS);
}

/** @throws ScopewardenError FORBIDDEN, naming the roles that may. */
export function requireDoor(caller: Caller, path: string): void {
  requireRole(caller, path, DOORS);
}

function requireRole(caller: Caller, rootField: string, table: typeof PERMISSIONS): void {
  const allowed = Object.hasOwn(table, rootField) ? (table[rootField] ?? []) : [];
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
