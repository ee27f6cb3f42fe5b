import type { AssertableRole, Caller } from "../callers/types.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import { identifierProblem } from "../kernel/text.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../policy/types.ts";
import type { InputReader } from "./accessInput.ts";
import type { AccessRequest, AssertedRole, GrantRequest, Subject } from "./types.ts";

/**
 * The subject with the roles that its caller asserts, of which `requireMayAssert` asks whether it may: they hold in the
 * resource's organization alone. Where the resource names none, they must be roles that the caller may assert in all.
 */
export function readAssertedRoles(
  reader: InputReader,
  subject: Subject | null,
  asserted: { readonly roles: readonly string[]; readonly organization: string | null; readonly path: string },
): Subject | null {
  const { roles, organization, path } = asserted;
  const read = reader.list(roles, reader.limits.roles, path, "roles", identifierProblem) ?? [];
  if (read.length === 0) return subject;
  // Its own roles are assigned to it: nobody else knows them.
  if (subject === null) return reader.problem(`${path}.roles`, "can't be given of a subject that is the client itself");
  const { attributes, id, organization: own, type } = subject;
  const held = [...new Set(read)].sort().map((role) => ({ organization: organization ?? ALL_ORGANIZATIONS, role }));
  return { attributes, id, organization: own, roles: held, type };
}

/** Who asserts roles, and the policy that must have them. */
interface Asserting {
  readonly caller: Caller;
  readonly snapshot: Snapshot;
  /** Of the request. */
  readonly path: string;
}

const NONE: readonly AssertableRole[] = [];
const listOf = ({ assertRoles = NONE }: Caller): readonly AssertableRole[] => assertRoles;
const isListed = (listed: AssertableRole, { organization, role }: AssertedRole): boolean =>
  listed.role === role && (listed.organization === ALL_ORGANIZATIONS || listed.organization === organization);

const placeOf = (organization: string): string =>
  organization === ALL_ORGANIZATIONS ? "for a resource that names no organization" : `in ${organization}`;

function forbidden(role: string, where: string): ScopewardenError {
  const mend = "its API key lists in assertRoles what it may assert, and where";
  return new ScopewardenError("FORBIDDEN", `The role ${role} may not be asserted${where} by this caller: ${mend}.`);
}

function requireKnown(roles: readonly AssertedRole[], { snapshot, path }: Asserting): void {
  const unknown = roles.filter(({ role }) => !snapshot.roles.has(role));
  if (unknown.length === 0) return;
  throw badInput(
    unknown.map(({ role }) => ({ path: `${path}.subject.roles`, message: `there is no role ${role} in the policy` })),
  );
}

/** Whether the caller may assert the roles that a question has, and the policy knows them. */
export const mayAssert = ({ caller, snapshot }: Omit<Asserting, "path">, { subject }: AccessRequest): boolean =>
  (subject?.roles ?? []).every(
    (asserted) => listOf(caller).some((listed) => isListed(listed, asserted)) && snapshot.roles.has(asserted.role),
  );

/**
 * Roles from a token count only for a caller that may assert them, and are never left out without a word.
 * @throws ScopewardenError FORBIDDEN, naming the role; BAD_USER_INPUT for one that the policy has not.
 */
export function requireMayAssert(asserting: Asserting, { subject }: AccessRequest): void {
  const roles = subject?.roles ?? null;
  if (roles === null) return;
  for (const asserted of roles)
    if (!listOf(asserting.caller).some((listed) => isListed(listed, asserted)))
      throw forbidden(asserted.role, ` ${placeOf(asserted.organization)}`);
  requireKnown(roles, asserting);
}

/**
 * Of a question about a token, which is for resources of any organization: its roles, each where the caller may assert it.
 * @throws ScopewardenError as `requireMayAssert`; FORBIDDEN for a role that the caller may assert nowhere.
 */
export function withAssertedPlaces(asserting: Asserting, request: GrantRequest): GrantRequest {
  const { subject } = request;
  if (subject === null || subject.roles === null) return request;
  const roles = subject.roles.flatMap(({ role }) => {
    const places = listOf(asserting.caller).filter((listed) => listed.role === role);
    if (places.length === 0) throw forbidden(role, "");
    const everywhere = places.some(({ organization }) => organization === ALL_ORGANIZATIONS);
    const organizations = everywhere ? [ALL_ORGANIZATIONS] : places.map(({ organization }) => organization);
    return [...new Set(organizations)].sort().map((organization) => ({ organization, role }));
  });
  requireKnown(roles, asserting);
  return { ...request, subject: { ...subject, roles } };
}

/** As `requireMayAssert`, where the resource is not known yet. @throws ScopewardenError */
export function requireMayAssertSomewhere(asserting: Asserting, { subject }: AccessRequest): void {
  const roles = subject?.roles ?? [];
  for (const { role } of roles)
    if (!listOf(asserting.caller).some((listed) => listed.role === role)) throw forbidden(role, "");
  requireKnown(roles, asserting);
}
