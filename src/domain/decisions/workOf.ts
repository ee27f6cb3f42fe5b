import type { Snapshot } from "../policy/snapshot.ts";
import type { AccessRequest, DecisionKind, GrantRequest } from "./types.ts";

/** Work that is done without a break, if it is not one decision alone that takes more. */
export const PIECE = 64;
/** How much dearer a scope of a token is than one of an access: it is looked at for every kind of request. */
const TOKEN_FACTOR = 8;
/** Scopes that are a piece. */
export const scopesAPiece = (kind: DecisionKind): number => (kind === "GRANT" ? PIECE / TOKEN_FACTOR : PIECE);

/** What a decision costs, in the units of `Turns`: its scopes, and one for itself. */
export function workOf({ grants }: Pick<Snapshot, "grants">, request: AccessRequest | GrantRequest): number {
  if (!("resource" in request)) return 1 + TOKEN_FACTOR * request.scopes.length;
  return 1 + (request.scopes?.length ?? grants.get(request.clientId)?.size ?? 0);
}

interface Piece<Request> {
  readonly requests: readonly Request[];
  readonly work: number;
}

/** Requests in their order, in pieces that are each done without a break. */
export function pieces<Request extends AccessRequest | GrantRequest>(
  requests: readonly Request[],
  snapshot: Pick<Snapshot, "grants">,
): readonly Piece<Request>[] {
  let work = 0;
  for (const request of requests) work += workOf(snapshot, request);
  if (work <= PIECE || requests.length < 2) return [{ requests, work }];
  const all: Piece<Request>[] = [];
  let from = 0;
  work = 0;
  for (const [i, request] of requests.entries()) {
    const own = workOf(snapshot, request);
    if (i > from && work + own > PIECE) {
      all.push({ requests: requests.slice(from, i), work });
      from = i;
      work = 0;
    }
    work += own;
  }
  all.push({ requests: requests.slice(from), work });
  return all;
}
