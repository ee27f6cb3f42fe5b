import type { CallerSubject } from "../callers/types.ts";
import type { Json } from "../kernel/canonical.ts";
import { identifierProblem } from "../kernel/text.ts";
import type { Properties } from "./entity.ts";

/** An account with which a person signs in: whose tokens, and by which id they name the person. Both are compared exactly. */
export interface Account {
  readonly issuer: string;
  readonly id: string;
}

/** An issuer is a URL without query and fragment (RFC 8414 section 2). */
const isIssuer = (text: string): boolean => /^https?:\/\/[^\s?#]{1,250}$/.test(text);

/** An item of `accounts`; null: it is none. */
export function accountOf(value: Json): Account | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const { issuer, id, ...more } = value as { readonly [member: string]: Json };
  if (Object.keys(more).length > 0 || typeof issuer !== "string" || typeof id !== "string") return null;
  return isIssuer(issuer) && identifierProblem(id) === null ? { issuer, id } : null;
}

/** The accounts that an entity says are its. */
export function accountsIn(properties: Properties | null | undefined): readonly Account[] {
  const accounts = properties?.accounts;
  return Array.isArray(accounts) ? (accounts as readonly Json[]).flatMap((each) => accountOf(each) ?? []) : [];
}

/** An account as a key; no FHIR reference looks like it. */
export const accountKey = ({ issuer, id }: Account): string => `${issuer}#${id}`;

export const asSubject = ({ issuer, id }: Account): CallerSubject => ({ type: null, id, issuer });
