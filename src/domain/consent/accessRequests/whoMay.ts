import { asNamed, isSurelySamePerson, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { CLIENT } from "../../policy/types.ts";
import type { AccessRequestState, AskedAccess, KeptAccessRequest } from "./accessRequest.ts";

const holdersOf = ({ subject }: AskedAccess) => (subject === null ? [] : [asNamed(subject)]);
/** The client that would be given a scope. */
const clientsOf = ({ clientId }: AskedAccess) => (clientId === null ? [] : [asNamed({ type: CLIENT, id: clientId })]);

/** A caller who holds none of these roles sees what it may give back, and lists what it asked for itself. */
export const seesAll = ({ roles }: Identity): boolean =>
  roles.has("admin") || roles.has("reviewer") || roles.has("auditor");

/** Who may end it: whom it is for, who asked, and admins. Who may be anybody is not known to be either of them. */
export function mayGiveBack(caller: Identity, request: KeptAccessRequest): boolean {
  if (caller.roles.has("admin") || caller.id === request.requestedBy.callerId) return true;
  return [request.requestedBy, ...holdersOf(request)].some((each) => isSurelySamePerson(caller, each));
}

/** Somebody else than who asked and whom it is for decides, as far as anybody can tell. */
export const ACCESS_REQUEST_STEPS: CaseSteps<"decide" | "giveBack", KeptAccessRequest, AccessRequestState, null> = {
  decide: {
    field: "decideAccessRequest",
    from: ["OPEN"],
    isAwaited: true,
    require: (caller, request) =>
      requirePersonOtherThan(
        caller,
        [request.requestedBy, ...holdersOf(request), ...clientsOf(request)],
        "An access request is decided by somebody else than who asked and whom it is for",
      ),
  },
  giveBack: {
    field: "returnAccess",
    from: ["OPEN", "APPROVED"],
    require(caller, request) {
      if (!mayGiveBack(caller, request))
        throw new ScopewardenError("FORBIDDEN", "Access is given back by who holds it, who asked for it, or an admin.");
    },
  },
};
