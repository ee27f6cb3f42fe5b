import { isSurelySamePerson, samePerson } from "../../callers/samePerson.ts";
import type { Identity, Person } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { AskedAccess, KeptAccessRequest } from "./accessRequest.ts";

/** A subject of the policy as a caller's: nobody says who issued it. */
const holderOf = ({ subject }: AskedAccess): Pick<Person, "subject"> | null =>
  subject === null ? null : { subject: { ...subject, issuer: null } };

/** A caller who holds none of these roles sees what it may give back, and lists what it asked for itself. */
export const seesAll = ({ roles }: Identity): boolean =>
  roles.has("admin") || roles.has("reviewer") || roles.has("auditor");

/** Somebody else than who asked and than whom it is for, as far as anybody can tell. @throws ScopewardenError FORBIDDEN */
export function requireSomebodyElse(caller: Identity, request: KeptAccessRequest): void {
  const holder = holderOf(request);
  if (!samePerson(caller, request.requestedBy) && (holder === null || !samePerson(caller, holder))) return;
  throw new ScopewardenError(
    "FORBIDDEN",
    caller.subject === null
      ? "An access request is decided by somebody else than who asked: that needs a key or token that says whose it is."
      : "An access request is decided by somebody else than who asked and whom it is for; another key of the same person is the same person.",
  );
}

/** Who may end it: whom it is for, who asked, and admins. Who may be anybody is not known to be either of them. */
export function mayGiveBack(caller: Identity, request: KeptAccessRequest): boolean {
  if (caller.roles.has("admin") || caller.id === request.requestedBy.callerId) return true;
  const holder = holderOf(request);
  return isSurelySamePerson(caller, request.requestedBy) || (holder !== null && isSurelySamePerson(caller, holder));
}
