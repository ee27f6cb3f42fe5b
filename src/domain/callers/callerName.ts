import type { ApiKey, CallerSubject } from "./types.ts";

/** Who a caller id stands for, for people to read. */
export interface CallerName {
  readonly id: string;
  readonly name: string;
  readonly subject: CallerSubject | null;
}

/** The caller id of the key in the configuration. */
export const ADMIN_KEY_CALLER = "key:admin";
/** What that key is called. */
export const ADMIN_KEY_NAME = "SCOPEWARDEN_ADMIN_KEY";

/** The caller id of the bearer of a stored key. */
export const keyCaller = (keyId: string): string => `key:${keyId}`;
/** The id of the stored key behind a caller id; null where there is none behind it. */
export const keyIdOf = (callerId: string): string | null => /^key:([a-z0-9]{12})$/.exec(callerId)?.[1] ?? null;

/** The caller id of a token's subject. No issuer has a `#` in it (RFC 8414 section 2). */
export const tokenCaller = (issuer: string, sub: string): string => `jwt:${issuer}#${sub}`;

/** A person at the machine, as they ran a command there. */
export const machineCaller = (user: string): string => `machine:${user}`;

export const subjectOfKey = (key: Pick<ApiKey, "subject">): CallerSubject | null =>
  key.subject === null ? null : { ...key.subject, issuer: null };

/** The name for a caller id: `key` is the stored key behind it, if there is one. What has no name is called by its id. */
export function callerName(id: string, key: Pick<ApiKey, "name" | "subject"> | null): CallerName {
  if (key !== null) return { id, name: key.name, subject: subjectOfKey(key) };
  if (id === ADMIN_KEY_CALLER) return { id, name: ADMIN_KEY_NAME, subject: null };
  const [, issuer, sub] = /^jwt:([^#]*)#(.*)$/s.exec(id) ?? [];
  if (issuer !== undefined && sub !== undefined) return { id, name: sub, subject: { type: null, id: sub, issuer } };
  const [, user] = /^machine:(.*)$/s.exec(id) ?? [];
  return { id, name: user === undefined ? id : `${user}, on the machine`, subject: null };
}
