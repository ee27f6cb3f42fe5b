import { ScopewardenError } from "../kernel/errors.ts";
import { type ApiKey, CALLER_ROLES, type Caller, type CallerRole } from "./types.ts";

/** Which role a caller must hold to give a role: an admin can't make themselves the auditor of their own changes. */
const GIVEN_BY: { readonly [Role in CallerRole]: CallerRole } = {
  service: "admin",
  admin: "admin",
  reviewer: "admin",
  auditor: "auditor",
  consent: "admin",
};

/** Of each role, whether people hold it. Their keys say to whom they belong. */
const HELD_BY_PEOPLE: { readonly [Role in CallerRole]: boolean } = {
  service: false,
  admin: true,
  reviewer: true,
  auditor: true,
  // A portal, or an authorization server: they record what their users say.
  consent: false,
};

export const isForPeople = (roles: readonly CallerRole[]): boolean => roles.some((role) => HELD_BY_PEOPLE[role]);

/** Whether a key asks for decisions and does nothing else: it holds `service` alone, and asserts no roles. */
export const onlyAsks = ({
  assertRoles = [],
  roles,
}: Pick<ApiKey, "roles"> & Partial<Pick<ApiKey, "assertRoles">>): boolean =>
  assertRoles.length === 0 && roles.every((role) => role === "service");

type Maker = Pick<Caller, "roles">;
const holds = ({ roles }: Maker): string => [...roles].join(", ") || "none";

/** @throws ScopewardenError FORBIDDEN, naming the role that may not be given and who may give it. */
export function requireMayGive(by: Maker, roles: readonly CallerRole[]): void {
  const refused = roles.find((role) => !by.roles.has(GIVEN_BY[role]));
  if (refused === undefined) return;
  const atMachine = refused === "auditor" ? ", or on the machine by `scopewarden key recover`" : "";
  throw new ScopewardenError(
    "FORBIDDEN",
    `The role ${refused} is given by a caller who holds ${GIVEN_BY[refused]}${atMachine}; this caller holds ${holds(by)}.`,
  );
}

/** An admin may revoke any key, an auditor those that they might have made. @throws ScopewardenError FORBIDDEN */
export function requireMayRevoke(by: Maker, key: Pick<ApiKey, "roles">): void {
  if (by.roles.has("admin") || key.roles.every((role) => by.roles.has(GIVEN_BY[role]))) return;
  throw new ScopewardenError(
    "FORBIDDEN",
    `A key that holds ${key.roles.join(", ")} is revoked by a caller who holds admin; this caller holds ${holds(by)}.`,
  );
}

/** The roles that a key gives at this time: the first key holds every one on its first day. */
export const rolesHeld = (key: Pick<ApiKey, "roles" | "allRolesUntil">, now: number): readonly CallerRole[] =>
  key.allRolesUntil !== null && now < key.allRolesUntil ? CALLER_ROLES : key.roles;

/** Whether a key that exists authenticates at this time. */
export const isInForce = (key: Pick<ApiKey, "revokedAt" | "expiresAt">, now: number): boolean =>
  key.revokedAt === null && (key.expiresAt === null || now < key.expiresAt);
