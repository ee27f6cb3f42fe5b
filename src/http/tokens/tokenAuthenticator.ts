import { createHash } from "node:crypto";
import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { isProgram, isUnknown } from "../../domain/callers/samePerson.ts";
import type { Identity } from "../../domain/callers/types.ts";
import { isRevoked, type RevokedTokens } from "../../domain/consent/revocations/tokenRevocation.ts";
import type { Directory } from "../../domain/directory/directory.ts";
import { identified } from "../../domain/directory/samePeople.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Clock } from "../../domain/kernel/ports.ts";
import { type Authentication, noRole, notAccepted, unavailable } from "../authentication.ts";
import { type Jwks, JwksUnavailable } from "./jwks.ts";
import { type ClaimCheck, ClaimProblem, readTokenCaller, type TokenCaller } from "./tokenCaller.ts";
import { type TokenClaims, tokenClaims } from "./tokenClaims.ts";
import { type TokenIssuer, typeName } from "./tokenIssuer.ts";

/** Signatures with a public key only: with a shared secret on the list, a public key would pass for one (RFC 8725 section 3.1). */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const CLOCK_TOLERANCE_S = 5;

/** At which check a token fell. */
type TokenCheck =
  | ClaimCheck
  | "format"
  | "issuer"
  | "algorithm"
  | "signing_key"
  | "signature"
  | "issued_at"
  | "not_before"
  | "expired"
  | "too_old"
  | "revoked"
  | "no_role"
  | "keys_unavailable"
  | "state_unavailable";

/** What is said of a token: who calls with it, or at which check it fell and what its sender is told. */
type TokenVerdict =
  | { readonly ok: true; readonly caller: Identity; readonly token: TokenCaller }
  | { readonly ok: false; readonly check: TokenCheck; readonly refusal: Authentication };

type Refused = Extract<TokenVerdict, { readonly ok: false }>;

/** What a token for a FHIR server says, or at which check it fell. */
export type Introspected = { readonly ok: true; readonly claims: TokenClaims } | Refused;
const refused = (check: TokenCheck, message: string): Refused => ({
  ...{ ok: false, check },
  refusal: notAccepted(check === "expired" ? "expired_token" : "invalid_token", message),
});

const CLAIM_CHECKS: { readonly [claim: string]: TokenCheck } = {
  ...{ iss: "issuer", aud: "audience", exp: "expired", iat: "issued_at", nbf: "not_before", typ: "type" },
};

/** What to say of a token by what jose found. Our own words: they go out in a header. */
function rejection(error: unknown): Refused {
  if (error instanceof ClaimProblem) return refused(error.check, error.message);
  if (error instanceof JwksUnavailable) return { ok: false, check: "keys_unavailable", refusal: unavailable() };
  if (error instanceof ScopewardenError) return { ok: false, check: "state_unavailable", refusal: unavailable() };
  if (error instanceof errors.JWTExpired) return refused("expired", "The access token has expired.");
  if (error instanceof errors.JWKSNoMatchingKey)
    return {
      ...{ ok: false, check: "signing_key" },
      refusal: notAccepted(
        "unknown_signing_key",
        "The access token is signed with a key that the authorization server does not publish.",
      ),
    };
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return refused("signing_key", "The access token must name its signing key (kid).");
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused("signature", "The signature of the access token is wrong.");
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused("algorithm", `The access token must be signed with one of ${ALGORITHMS.join(", ")}.`);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = /^[a-z_]{1,20}$/.test(error.claim) ? error.claim : "claims";
    // A claim that is required and missing is not one that was there too long.
    const check = claim === "exp" ? "issued_at" : CLAIM_CHECKS[claim];
    return refused(check ?? "format", `The access token has no acceptable ${claim}.`);
  }
  return refused("format", "The access token is not valid.");
}

/** @throws ClaimProblem for another kind of token than its issuer's access tokens are, as its header says */
function requireType(typ: unknown, types: TokenIssuer["types"]): void {
  if (types === null) {
    if (typ !== undefined)
      throw new ClaimProblem("type", "The token has a typ in its header, and access tokens of its issuer have none.");
  } else if (typ === undefined)
    throw new ClaimProblem(
      "type",
      "The token has no typ in its header, by which access tokens of its issuer are known.",
    );
  else if (typeof typ !== "string" || !types.includes(typeName(typ)))
    throw new ClaimProblem("type", "The token's header has a typ that access tokens of its issuer do not have.");
}

/** What names a token that has no id: the SHA-256 of its signing input (RFC 7515 section 5.1). */
const digestOf = (token: string): string =>
  `sha256:${createHash("sha256")
    .update(token.slice(0, token.lastIndexOf(".")))
    .digest("hex")}`;

/** The issuer that a token claims, before anything of it is verified; null: it is no token. */
function claimedIssuer(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    return null;
  }
}

/** An issuer with its keys. */
export interface KnownIssuer {
  readonly settings: TokenIssuer;
  readonly jwks: Pick<Jwks, "key">;
}

export interface TokenAuthenticator {
  /** Who calls, or at which check the token fell. Never rejects. */
  read(token: string): Promise<TokenVerdict>;
  authenticate(token: string): Promise<Authentication>;
  /** What a token is worth at the FHIR servers of `guardAudiences` (RFC 7662). It opens no door here. Never rejects. */
  introspect(token: string): Promise<Introspected>;
}

/** An issuer's tokens for FHIR servers: of its own audiences, whose roles here and marks of an access token for this service say nothing. */
const forGuards = ({ jwks, settings }: KnownIssuer): KnownIssuer => ({
  jwks,
  settings: { ...settings, accessTokens: null, clients: null, roles: null },
});

/**
 * Accepts the JWT access tokens of some issuers, each by its own keys, audience and claims: RFC 9068 section 4, or a product's own shape.
 * A token is verified by the keys of the issuer that it names, and by no others (RFC 8725 section 3.8).
 */
export function createTokenAuthenticator(deps: {
  readonly issuers: readonly KnownIssuer[];
  readonly clock: Clock;
  /** As it is known now. */
  readonly directory: () => Directory;
  /** How long after its issue a token is accepted at most, in seconds; null: as long as it says. */
  readonly maxAge?: number | null;
  /** Those that were revoked here. Rejects where they can't be read. */
  readonly revoked: () => Promise<readonly RevokedTokens[]>;
  /** How long ago a person may have signed in for what weighs, in seconds; null: nothing is asked. */
  readonly stepUp?: number | null;
}): TokenAuthenticator {
  const { clock, directory, maxAge = null, revoked, stepUp = null } = deps;
  const issuers = new Map(deps.issuers.map((each) => [each.settings.issuer, each]));
  const guarded = new Map(
    deps.issuers
      .filter(({ settings }) => settings.guardAudiences.size > 0)
      .map((each) => [each.settings.issuer, forGuards(each)]),
  );

  /** @param audiences - one of which the token must name; null: it names none */
  async function verified(
    token: string,
    { jwks, settings }: KnownIssuer,
    audiences: readonly string[] | null,
  ): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(token, jwks.key, {
      algorithms: ALGORITHMS,
      issuer: settings.issuer,
      ...(audiences !== null && { audience: [...audiences] }),
      requiredClaims: ["iss", "exp", "iat"],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock()),
    });
    // One that names an audience is for that, whoever has it.
    if (audiences === null && Object.hasOwn(payload, "aud"))
      throw new ClaimProblem(
        "audience",
        "The token has an aud, and access tokens of its issuer for this service have none.",
      );
    requireType(protectedHeader.typ, settings.types);
    return payload;
  }

  /** Whether a person signed in too long ago for what weighs. A program does not sign in. */
  function signInOf({ authTime = null, subject }: Identity): Pick<Identity, "staleSignIn"> {
    if (stepUp === null || isProgram(subject?.type ?? null)) return {};
    const isFresh = authTime !== null && clock() - authTime <= stepUp * 1000;
    return isFresh ? {} : { staleSignIn: { maxAge: stepUp } };
  }

  /** The caller with who else the directory says they are. A client's token is the client of the policy, which its id names. */
  function known({ caller }: TokenCaller): Identity {
    const { defaultClientId: id, subject } = caller;
    const client = isProgram(subject?.type ?? null) ? [{ type: "client", id: id ?? "", issuer: null }] : [];
    const accounts = subject === null ? [] : [subject, ...client];
    return { ...caller, ...signInOf(caller), ...identified(directory(), accounts, { isUnknown: isUnknown(caller) }) };
  }

  /** A token that one of these issuers stands for, and nobody revoked. @throws what `rejection` reads */
  async function accepted(
    token: string,
    known: ReadonlyMap<string, KnownIssuer>,
    audiencesOf: (settings: TokenIssuer) => readonly string[] | null,
  ): Promise<
    | Refused
    | ({ readonly ok: true; readonly payload: JWTPayload; readonly found: TokenCaller } & Pick<KnownIssuer, "settings">)
  > {
    const iss = claimedIssuer(token);
    if (iss === null) return refused("format", "The access token is not valid.");
    const issuer = typeof iss === "string" ? known.get(iss) : undefined;
    if (issuer === undefined) return refused("issuer", "The access token has no acceptable iss.");
    const { settings } = issuer;
    const payload = await verified(token, issuer, audiencesOf(settings));
    const now = clock();
    const { iat } = payload;
    if (typeof iat !== "number" || iat > now / 1000 + CLOCK_TOLERANCE_S)
      return refused("issued_at", "The access token was issued in the future.");
    if (maxAge !== null && iat + maxAge + CLOCK_TOLERANCE_S < now / 1000)
      return refused("too_old", `The access token was issued more than ${maxAge} s ago; get a new one.`);
    const found = readTokenCaller(payload, settings, {
      digest: () => digestOf(token),
      now: now + CLOCK_TOLERANCE_S * 1000,
    });
    const { client, person, tokenId } = found;
    if (isRevoked({ clientId: client, issuer: settings.issuer, person, tokenId }, await revoked()))
      return refused("revoked", "The access token was revoked.");
    return { ok: true, found, payload, settings };
  }

  async function read(token: string): Promise<TokenVerdict> {
    try {
      const read = await accepted(token, issuers, ({ audience }) => (audience === null ? null : [audience]));
      if (!read.ok) return read;
      const { found, settings } = read;
      if (found.caller.roles.size === 0)
        return { ok: false, check: "no_role", refusal: noRole(settings.roles === null) };
      return { ok: true, caller: known(found), token: found };
    } catch (error) {
      return rejection(error);
    }
  }

  async function introspect(token: string): Promise<Introspected> {
    try {
      const read = await accepted(token, guarded, ({ guardAudiences }) => [...guardAudiences]);
      return read.ok ? { ok: true, claims: tokenClaims(read, directory()) } : read;
    } catch (error) {
      return rejection(error);
    }
  }

  return {
    read,
    introspect,
    async authenticate(token) {
      const verdict = await read(token);
      if (verdict.ok) return { ok: true, caller: verdict.caller };
      return verdict.refusal.ok ? verdict.refusal : { ...verdict.refusal, check: verdict.check };
    },
  };
}
