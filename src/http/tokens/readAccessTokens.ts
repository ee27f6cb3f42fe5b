import type { Reader } from "../../domain/kernel/reader.ts";
import { type ClaimPath, readPath, refuseOthers } from "./claimNames.ts";
import { readValues } from "./readPeople.ts";
import type { TokenProfile } from "./tokenHolder.ts";

/** A claim that an access token has with one of these values, and an ID token never. */
export interface AccessTokenClaim {
  readonly claim: ClaimPath;
  readonly values: ReadonlySet<string>;
}

/** What ID tokens have, too, by OpenID Connect Core section 2 and RFC 7519 section 4.1. */
const ID_TOKENS_HAVE = [
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "auth_time", "nonce", "acr", "amr", "azp", "sid"],
  ...["at_hash", "c_hash", "s_hash"],
];

/** By which claim and values the access tokens of an issuer are told from its ID tokens; it must be said where their headers have no `typ`. */
export function readAccessTokens(
  read: Reader,
  value: unknown,
  path: string,
  { profile, types }: { readonly profile: TokenProfile; readonly types: readonly string[] | null },
): AccessTokenClaim | null {
  if (value === undefined)
    return types === null
      ? read.problem(
          path,
          "is missing: without types it says by which claim and value access tokens are told from ID tokens",
        )
      : null;
  if (profile !== "custom") return read.problem(path, `is fixed by the profile ${profile}; profile custom sets it`);
  const given = read.object(value, path);
  if (given === null) return null;
  refuseOthers(read, given, ["claim", "values"], path);
  const claim = readPath(read, given.claim, `${path}.claim`);
  const [name = ""] = claim;
  if (claim.length === 1 && ID_TOKENS_HAVE.includes(name))
    read.problem(`${path}.claim`, `must be a claim that ID tokens do not have: ${name} stands in them, too`);
  const values = readValues(read, given.values, `${path}.values`, "access tokens, and never in ID tokens");
  return values === null ? null : { claim, values };
}
