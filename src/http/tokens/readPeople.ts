import { isObject, type Reader } from "../../domain/kernel/reader.ts";
import { readPath, refuseOthers } from "./claimNames.ts";
import { type HolderSettings, type PeopleClaim, saysItself } from "./tokenHolder.ts";

/** What every token has tells nobody from a program. */
const EVERY_TOKEN_HAS = ["iss", "aud", "exp", "iat", "nbf", "sub", "jti", "scope", "scp", "cnf"];

/**
 * By what the tokens of people are known: the name of a claim that they alone have, or also the values that it has in theirs.
 * @param profile - one that does not say so itself
 */
export function readPeople(
  read: Reader,
  value: unknown,
  path: string,
  { claims, profile }: Omit<HolderSettings, "people">,
): PeopleClaim | null {
  if (value === undefined) return null;
  if (saysItself(profile)) return read.problem(path, `is fixed by the profile ${profile}; profile custom sets it`);
  const given = isObject(value) ? value : { claim: value };
  refuseOthers(read, given, ["claim", "values"], path);
  const claim = readPath(read, given.claim, isObject(value) ? `${path}.claim` : path);
  if (given.values === undefined) {
    const [name = ""] = claim;
    if (claim.length === 1 && [...EVERY_TOKEN_HAS, ...claims.client, claims.tokenId, claims.person].includes(name))
      read.problem(path, `must be a claim that only people's tokens have: ${name} stands in every token`);
    return { claim, values: null };
  }
  const values = readValues(read, given.values, `${path}.values`, "people's tokens");
  return values === null ? null : { claim, values };
}

/** The values that a claim has in some tokens: one, or a list. */
export function readValues(read: Reader, value: unknown, path: string, whose: string): ReadonlySet<string> | null {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const isValue = (each: unknown): each is string | number | boolean =>
    typeof each === "boolean" || typeof each === "number" || (typeof each === "string" && each !== "");
  return values.length === 0 || !values.every(isValue)
    ? read.problem(path, `must be the value, or a list of the values, that the claim has in ${whose}`)
    : new Set(values.map(String));
}
