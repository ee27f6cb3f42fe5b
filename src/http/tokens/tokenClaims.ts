import type { JWTPayload } from "jose";
import { type Directory, linkedTo, ownersOf } from "../../domain/directory/directory.ts";
import type { EntityRef } from "../../domain/directory/entity.ts";
import { patientId, patientProblem } from "../../domain/kernel/patientId.ts";
import { identifierProblem } from "../../domain/kernel/text.ts";
import { canonicalReference } from "../../domain/scopes/fhirReference.ts";
import type { ClaimPath } from "./claimNames.ts";
import { ClaimProblem, listedIn, type TokenCaller } from "./tokenCaller.ts";
import { claimOf, holderOf, type TokenHolder } from "./tokenHolder.ts";
import type { TokenIssuer } from "./tokenIssuer.ts";

/** What an accepted token for a FHIR server says, by the names of RFC 7662 section 2.2; times in seconds since 1970. */
export interface TokenClaims {
  readonly active: true;
  readonly token_type: "Bearer";
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly client_id: string;
  /** Its scopes with spaces between; empty: it has none. */
  readonly scope: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly auth_time?: number;
  readonly acr?: string;
  /** The patient in context, by the id alone. */
  readonly patient?: string;
  readonly fhirUser?: string;
  /** Each `system|code`, or a code as it stands in the token. */
  readonly purpose_of_use?: readonly string[];
  /** A person who signed in, a client that asks for itself, or it can't be told which. */
  readonly holder: Lowercase<TokenHolder>;
  /** Whose account, or whose FHIR resource by `fhirUser`, it is, as the directory says; null: nobody's there. */
  readonly subject: { readonly type: string; readonly id: string } | null;
}

/** The one entry of the directory that a token's holder is. An account comes first, as it is the issuer's own word. */
function entryOf(directory: Directory, { caller, person }: TokenCaller, fhirUser: string | null): EntityRef | null {
  const owners = ownersOf(directory, { issuer: caller.subject?.issuer ?? "", id: person });
  const reference = fhirUser === null ? null : canonicalReference(fhirUser.trim());
  const found = owners.length > 0 || reference === null ? owners : linkedTo(directory, reference);
  const [only] = found;
  return only !== undefined && found.length === 1 ? only : null;
}

/** The patient in context, by the id. @throws ClaimProblem for what is no id: without it the token would be of no patient. */
function patientOf(payload: JWTPayload, name: string): string | null {
  const value = claimOf(payload, name);
  if (value === undefined) return null;
  const id = typeof value === "string" ? patientId(value) : null;
  if (id === null || patientProblem(id) !== null)
    throw new ClaimProblem("patient", `The access token has no acceptable ${name}.`);
  return id;
}

/** A code, or a coding of HL7 FHIR (R4, section 2.24.0.5), as IHE IUA has it in `extensions.ihe_iua.purpose_of_use`. */
function purposeOf(value: unknown): string | null {
  if (typeof value === "string") return identifierProblem(value) === null ? value : null;
  const [system, code] = [claimOf(value, "system"), claimOf(value, "code")];
  if (typeof code !== "string" || identifierProblem(code) !== null) return null;
  if (system === undefined) return code;
  return typeof system === "string" && system !== "" && !system.includes("|") ? `${system}|${code}` : null;
}

/** @throws ClaimProblem for a purpose that can't be read: to leave it out would ask for none, or for another. */
function purposesOf(payload: JWTPayload, claim: ClaimPath | null): readonly string[] {
  const found = claim?.reduce<unknown>(claimOf, payload);
  if (claim === null || found === undefined) return [];
  const purposes = [found].flat().map(purposeOf);
  if (purposes.some((each) => each === null))
    throw new ClaimProblem("purpose", `The access token has no acceptable ${claim.join(".")}.`);
  return purposes as readonly string[];
}

/** A token's scopes, which products write as a text or as a list, under the one name or the other. */
function scopeOf(payload: JWTPayload): string {
  const found = [listedIn(payload, ["scope"]) ?? listedIn(payload, ["scp"]) ?? []].flat();
  return found.filter((each) => typeof each === "string").join(" ");
}

const HOLDERS = { PERSON: "person", PROGRAM: "program", UNKNOWN: "unknown" } as const;

/** @throws ClaimProblem for a patient or a purpose that can't be read. */
export function tokenClaims(
  {
    found,
    payload,
    settings,
  }: { readonly found: TokenCaller; readonly payload: JWTPayload; readonly settings: TokenIssuer },
  directory: Directory,
): TokenClaims {
  const { claims, issuer } = settings;
  const patient = patientOf(payload, claims.patient);
  const user = claimOf(payload, claims.fhirUser ?? "fhirUser");
  const fhirUser = typeof user === "string" && user !== "" ? user : null;
  const { acr } = payload;
  const { authTime = null } = found.caller;
  const purposes = purposesOf(payload, claims.purpose);
  const holder = HOLDERS[holderOf(payload, found.client, settings)];
  const entry = holder === "program" ? null : entryOf(directory, found, fhirUser);
  return {
    active: true,
    token_type: "Bearer",
    iss: issuer,
    sub: found.person,
    aud: payload.aud as string | readonly string[],
    client_id: found.client,
    scope: scopeOf(payload),
    exp: payload.exp as number,
    iat: payload.iat as number,
    jti: found.tokenId,
    ...(authTime !== null && { auth_time: authTime / 1000 }),
    ...(typeof acr === "string" && { acr }),
    ...(patient !== null && { patient }),
    ...(fhirUser !== null && { fhirUser }),
    ...(purposes.length > 0 && { purpose_of_use: purposes }),
    holder,
    subject: entry === null ? null : { type: entry.type, id: entry.id },
  };
}
