import type { CaseKind } from "../../cases/caseKind.ts";
import {
  lastStep,
  type Placed,
  type PlacedState,
  type PlacedStore,
  placedOf,
  rowOfPlaced,
} from "../../cases/placed.ts";

/** Which tokens are refused: all of one account, all that one client was given, or one by its id. Exactly one of the three is said. */
export interface RevokedTokens {
  readonly issuer: string;
  /** As the tokens of that issuer name the person. */
  readonly person: string | null;
  /** As the tokens of that issuer name the client, whoever signed in. */
  readonly clientId: string | null;
  readonly tokenId: string | null;
  /** Milliseconds since 1970; null: until it is ended. */
  readonly until: number | null;
}

/** That tokens are refused which their issuer would still stand for. */
export interface TokenRevocation extends RevokedTokens, Placed {}

/** That somebody revoked tokens, or ended that: its last step, as an act. */
export interface TokenRevocationAct extends Omit<RevokedTokens, "clientId"> {
  /** Absent: it is about no client. */
  readonly clientId?: string;
  readonly event: "REVOKED" | "ENDED";
  readonly revocationId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** Why, in the words of who revoked or ended it. */
  readonly text: string;
}

export interface TokenRevocationStore extends PlacedStore<TokenRevocation> {
  /** Those in force. */
  standing(now: number): Promise<readonly TokenRevocation[]>;
}

export const tokenRevocationKind: CaseKind<TokenRevocation, PlacedState> = {
  code: "TOKEN_REVOCATION",
  noun: "Revocation",
  states: {
    IN_FORCE: { kept: ["IN_FORCE"], end: "BEFORE" },
    OVER: [{ kept: ["IN_FORCE"], end: "AFTER" }, { kept: ["LIFTED"] }],
  },
  rowOf(revocation) {
    const { clientId, issuer, person, reason, tokenId, until } = revocation;
    return { ...rowOfPlaced(revocation), endsAt: until, body: { reason, issuer, person, clientId, tokenId } };
  },
  caseOf(row) {
    const { clientId, issuer, person, tokenId } = row.body as unknown as RevokedTokens;
    return { ...placedOf(row), issuer, person, clientId: clientId ?? null, tokenId, until: row.endsAt };
  },
};

/** The last step of a revocation, as it stands after it. */
export function actOf(revocation: TokenRevocation): TokenRevocationAct {
  const { clientId, id: revocationId, issuer, lifted, person, tokenId, until } = revocation;
  const event = lifted === null ? "REVOKED" : "ENDED";
  const about = { issuer, person, tokenId, until };
  return { ...lastStep(revocation), event, revocationId, ...about, ...(clientId !== null && { clientId }) };
}

/** Whether a token is among those that are refused. */
export const isRevoked = (
  { clientId, issuer, person, tokenId }: { readonly [Named in "clientId" | "issuer" | "person" | "tokenId"]: string },
  standing: readonly RevokedTokens[],
): boolean =>
  standing.some(
    (each) =>
      each.issuer === issuer && (each.person === person || each.clientId === clientId || each.tokenId === tokenId),
  );
