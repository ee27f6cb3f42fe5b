import type { ConsentRequest } from "../domain/consent/requests/consentRequest.ts";
import { askedScope } from "../domain/decisions/asking/askedScope.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";

/** A consent request in the contract's form, with the names that the policy has now; its consents are read where they are asked for. */
export function shownRequest(snapshot: Snapshot, request: ConsentRequest) {
  const { answered, clientId, grantAction, grantId, id, languages, patient, purposes } = request;
  return {
    id,
    state: request.state,
    patient,
    clientId,
    clientName: snapshot.clients.get(clientId)?.name ?? clientId,
    subjectId: request.subject?.id ?? null,
    subjectType: request.subject?.type ?? null,
    purposes,
    grantId,
    grantAction,
    scopes: request.scopes.map((scope) => askedScope(snapshot, scope, languages)),
    at: request.requestedAt,
    until: request.expiresAt,
    validUntil: request.validUntil,
    answeredAt: answered?.at ?? null,
    answeredBy: answered?.by ?? null,
    relation: answered?.relation ?? null,
    agreed: answered?.agreed ?? [],
    refused: answered?.refused ?? [],
    request,
  };
}
export type ShownRequest = ReturnType<typeof shownRequest>;
