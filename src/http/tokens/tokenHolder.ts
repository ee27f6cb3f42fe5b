import type { JWTPayload } from "jose";
import { isObject } from "../../domain/kernel/reader.ts";
import type { ClaimPath } from "./claimNames.ts";

export const TOKEN_PROFILES = ["rfc9068", "keycloak", "entra", "custom"] as const;
export type TokenProfile = (typeof TOKEN_PROFILES)[number];

/** A claim that the tokens of people have and those of programs have not, or not with one of these values; null: any value. */
export interface PeopleClaim {
  readonly claim: ClaimPath;
  readonly values: ReadonlySet<string> | null;
}

/** What is known of an issuer's tokens. */
export interface HolderSettings {
  readonly profile: TokenProfile;
  /** The claims that name the person. */
  readonly claims: { readonly client: readonly string[]; readonly tokenId: string | null; readonly person: string };
  /** By what the tokens of people are known; null: the profile says it, or it can't be told whose a token is. */
  readonly people: PeopleClaim | null;
}

/** Who a token is of: somebody who signed in, a client that asks for itself, or it can't be told: then it may be either. */
export type TokenHolder = "PERSON" | "PROGRAM" | "UNKNOWN";

/** How the tokens of a profile say whose they are, beside what is so of all. What is both is a program's. */
interface HolderRule {
  isProgram(payload: JWTPayload): boolean;
  isPerson(payload: JWTPayload, issuer: HolderSettings): boolean;
}

/** A claim of a token by its name, and of nothing that every object has. */
export const claimOf = (of: unknown, name: string): unknown =>
  isObject(of) && Object.hasOwn(of, name) ? of[name] : undefined;

const isThere = (payload: JWTPayload, name: string): boolean => claimOf(payload, name) !== undefined;

/** RFC 9068 has no claim that a client's own token lacks: which one an issuer gives to people alone, its operator says. */
const BY_SETTING: HolderRule = {
  isProgram: () => false,
  isPerson(payload, { people }) {
    if (people === null) return false;
    const found = people.claim.reduce<unknown>(claimOf, payload);
    const each = (Array.isArray(found) ? (found as readonly unknown[]) : [found]).filter(
      (value) => value !== undefined && value !== null && value !== "" && value !== false,
    );
    const { values } = people;
    return values === null
      ? each.length > 0
      : each.some((value) => typeof value !== "object" && values.has(String(value)));
  },
};

const RULES: { readonly [Profile in TokenProfile]: HolderRule } = {
  rfc9068: BY_SETTING,
  custom: BY_SETTING,
  // A service account has a user of its own, and no session; but people may choose their names, and not every session is named.
  keycloak: {
    isProgram: (payload) => isThere(payload, "client_id"),
    isPerson: (payload) =>
      ["sid", "session_state", "auth_time"].some((claim) => isThere(payload, claim)) &&
      !String(claimOf(payload, "preferred_username")).startsWith("service-account-"),
  },
  entra: {
    isProgram: ({ idtyp }) => idtyp === "app",
    isPerson: ({ oid, scp, sub }) => typeof scp === "string" && sub !== oid,
  },
};

/** Profiles whose tokens say of themselves whose they are; of others a setting names the claim. */
export const saysItself = (profile: TokenProfile): boolean => RULES[profile] !== BY_SETTING;

/** Whether it can't be told of any token of an issuer that a person signed in for it. */
export const tellsNobody = ({ people, profile }: HolderSettings): boolean => people === null && !saysItself(profile);

/** Whose a token is, by one rule for every profile. */
export function holderOf(payload: JWTPayload, client: string, issuer: HolderSettings): TokenHolder {
  const rule = RULES[issuer.profile];
  const id = String(claimOf(payload, issuer.claims.person)).toLowerCase();
  const grant = String(claimOf(payload, "gty") ?? claimOf(payload, "grant_type")).replace("_", "-");
  const asksForItself = [client, `${client}@clients`].some((own) => own.toLowerCase() === id);
  if (asksForItself || grant === "client-credentials" || rule.isProgram(payload)) return "PROGRAM";
  return rule.isPerson(payload, issuer) ? "PERSON" : "UNKNOWN";
}
