import type { JWTPayload } from "jose";
import { tokenCaller } from "../../domain/callers/callerName.ts";
import { CALLER_ROLES, type CallerRole, type CallerSubject, type Identity } from "../../domain/callers/types.ts";
import { identifierProblem, seenTextProblem } from "../../domain/kernel/text.ts";
import type { ClaimPath } from "./claimNames.ts";
import { claimOf, holderOf } from "./tokenHolder.ts";
import type { TokenIssuer } from "./tokenIssuer.ts";

/** What of a token can be wrong once its signature, issuer, audience and time are right. */
export type ClaimCheck =
  | "type"
  | "audience"
  | "token_use"
  | "bound_token"
  | "client"
  | "token_id"
  | "person"
  | "tenant"
  | "auth_time"
  | "patient"
  | "purpose"
  | "roles"
  | "groups_overage";

/** A claim that a token does not have as it should. */
export class ClaimProblem extends Error {
  readonly check: ClaimCheck;
  constructor(check: ClaimCheck, message: string) {
    super(message);
    this.name = "ClaimProblem";
    this.check = check;
  }
}

/** Entra gives at most 200 groups, and Keycloak's roles of a person are some tens. */
const MOST_ROLES = 1_000;
const MOST_CHARACTERS = 256;

const textOf = (payload: JWTPayload, name: string | null): string | null => {
  const value = name === null ? undefined : claimOf(payload, name);
  return typeof value === "string" && seenTextProblem(value, MOST_CHARACTERS) === null && value !== "" ? value : null;
};

/** The values of a claim: of a list each, of `scope` and `scp` as one text each of its words (RFC 6749 section 3.3). */
export function listedIn(payload: JWTPayload, claim: ClaimPath): unknown {
  const found = claim.reduce<unknown>(claimOf, payload);
  const isScope = claim.length === 1 && (claim[0] === "scope" || claim[0] === "scp");
  return isScope && typeof found === "string" ? found.split(" ") : found;
}

/** The client; of claims that stand side by side none may say another. Where tokens have no `aud`, it says whether they are for this service. */
function clientOf(payload: JWTPayload, { claims, clients }: TokenIssuer): string {
  const said = claims.client.map((name) => claimOf(payload, name)).filter((value) => value !== undefined);
  const [client] = said;
  if (typeof client !== "string" || identifierProblem(client) !== null || said.some((each) => each !== client))
    throw new ClaimProblem("client", `The access token has no acceptable ${claims.client.join(" or ")}.`);
  if (clients !== null && !clients.has(client))
    throw new ClaimProblem("audience", "The access token was issued to a client that is not listed here.");
  return client;
}

function identifierIn(payload: JWTPayload, name: string, check: "person" | "token_id"): string {
  const value = claimOf(payload, name);
  if (typeof value !== "string" || identifierProblem(value) !== null)
    throw new ClaimProblem(check, `The access token has no acceptable ${name}.`);
  return value;
}

/** What an ID token has, and an access token has no use for (OpenID Connect Core sections 2 and 3.3.2.11). */
const OF_ID_TOKENS = ["nonce", "at_hash", "c_hash"];

/** @throws ClaimProblem for what may be an ID token of an issuer of which only its setting says how they look */
function requireNoIdToken(payload: JWTPayload, { accessTokens }: TokenIssuer): void {
  const hint = OF_ID_TOKENS.find((name) => claimOf(payload, name) !== undefined);
  if (hint !== undefined)
    throw new ClaimProblem("token_use", `The token is no access token: it has ${hint}, as ID tokens have.`);
  if (accessTokens === null) return;
  const { claim, values } = accessTokens;
  const found = [listedIn(payload, claim)].flat();
  if (!found.some((each) => each !== null && typeof each !== "object" && values.has(String(each))))
    throw new ClaimProblem(
      "token_use",
      `The token is no access token for this service: its ${claim.join(".")} has none of the values that are set.`,
    );
}

/** What is no access token of a product, though that issuer signed it for this audience: an ID token, a token of another tenant. */
function requireAccessToken(payload: JWTPayload, settings: TokenIssuer): void {
  const { issuer, profile } = settings;
  // RFC 7800 section 3.1, RFC 9449 section 7.2: it is worth nothing without a proof, which is not asked for here.
  if (claimOf(payload, "cnf") !== undefined)
    throw new ClaimProblem("bound_token", "The access token is bound to a key (cnf); send one that is not.");
  if (profile === "keycloak" && payload.typ !== "Bearer")
    throw new ClaimProblem("token_use", "The token is no access token of Keycloak's: its claim typ is not Bearer.");
  if (profile === "custom") requireNoIdToken(payload, settings);
  if (profile !== "entra") return;
  const [, tenant = ""] = new URL(issuer).pathname.split("/");
  if (tenant === "" || payload.tid !== tenant)
    throw new ClaimProblem("tenant", "The access token's tenant (tid) is not its issuer's.");
  if (claimOf(payload, "scp") === undefined && claimOf(payload, "roles") === undefined && payload.idtyp !== "app")
    throw new ClaimProblem("token_use", "The token is no access token of Entra's: it has neither scp nor roles.");
}

/** Who signed in when, in milliseconds since 1970; null: it is not said. */
function authTimeOf(payload: JWTPayload, name: string | null, now: number): number | null {
  const value = name === null ? undefined : claimOf(payload, name);
  if (value === undefined) return null;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value * 1000 > now)
    throw new ClaimProblem("auth_time", `The access token has no acceptable ${name}.`);
  return value * 1000;
}

/**
 * A caller's roles: what a claim's values are mapped to, or the token's scopes `scopewarden:<role>`, as an authorization server grants
 * them to a client and a person consents to them.
 */
function rolesOf(payload: JWTPayload, { profile, roles }: TokenIssuer): ReadonlySet<CallerRole> {
  if (roles === null) {
    const scopes = typeof payload.scope === "string" ? new Set(payload.scope.split(" ")) : new Set<string>();
    return new Set(CALLER_ROLES.filter((role) => scopes.has(`scopewarden:${role}`)));
  }
  const { claim, map } = roles;
  const values = profile === "custom" ? listedIn(payload, claim) : claim.reduce<unknown>(claimOf, payload);
  if (values === undefined) {
    // Of a person in too many groups Entra names a place to ask instead.
    if (claimOf(payload.hasgroups === true ? { groups: 1 } : payload._claim_names, claim[0] ?? "") !== undefined)
      throw new ClaimProblem(
        "groups_overage",
        "The access token leaves the person's groups out, as there are too many: use app roles, or the groups assigned to the application.",
      );
    return new Set();
  }
  if (!Array.isArray(values) || values.length > MOST_ROLES || !values.every((each) => typeof each === "string"))
    throw new ClaimProblem(
      "roles",
      `The access token's ${claim.join(".")} must be a list of at most ${MOST_ROLES} texts.`,
    );
  return new Set((values as readonly string[]).flatMap((each) => map.get(each) ?? []));
}

/** A caller by a token that its issuer signed for this service; with an issue time in seconds since 1970. */
export interface TokenCaller {
  readonly caller: Identity;
  readonly tokenId: string;
  readonly person: string;
  readonly client: string;
}

/**
 * Reads the claims of a token whose signature, issuer, audience and time are right. `digest` names a token that has no id: of what is signed,
 * as a signature can be spelt in more than one way. @throws ClaimProblem
 */
export function readTokenCaller(
  payload: JWTPayload,
  settings: TokenIssuer,
  { digest, now }: { readonly digest: () => string; readonly now: number },
): TokenCaller {
  requireAccessToken(payload, settings);
  const { claims, issuer } = settings;
  const client = clientOf(payload, settings);
  const tokenId = claims.tokenId === null ? digest() : identifierIn(payload, claims.tokenId, "token_id");
  const person = identifierIn(payload, claims.person, "person");
  const holder = holderOf(payload, client, settings);
  const subject: CallerSubject = { type: holder === "PROGRAM" ? "client" : null, id: person, issuer };
  const name = claims.name.map((each) => textOf(payload, each)).find((each) => each !== null);
  return {
    tokenId,
    person,
    client,
    caller: {
      ...{ id: tokenCaller(issuer, person), kind: "TOKEN", name: name ?? person, subject },
      ...(holder !== "PERSON" && { withoutPerson: true }),
      roles: rolesOf(payload, settings),
      defaultClientId: client,
      expiresAt: (payload.exp as number) * 1000,
      authTime: authTimeOf(payload, claims.authTime, now),
      organization: textOf(payload, claims.organization),
      fhirUser: textOf(payload, claims.fhirUser),
    },
  };
}
