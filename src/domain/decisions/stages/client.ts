import type { DecideFacts } from "../facts.ts";
import { reason } from "../reason.ts";
import type { AccessRequest, Reason } from "../types.ts";

/** Stage 2: the client is known and active. */
export function checkClient({ snapshot }: DecideFacts, request: Pick<AccessRequest, "clientId">): readonly Reason[] {
  const client = snapshot.clients.get(request.clientId);
  if (client === undefined)
    return [reason("UNKNOWN_CLIENT", `There is no client ${request.clientId}; an admin can create it.`)];
  if (client.status === "SUSPENDED") return [reason("CLIENT_SUSPENDED", `Client ${request.clientId} is suspended.`)];
  return [];
}
