/** Who calls Scopewarden's own API. A caller may hold several roles; docs/operating.md says why one is better. */
export const CALLER_ROLES = ["service", "admin", "reviewer", "auditor"] as const;
export type CallerRole = (typeof CALLER_ROLES)[number];

/** Someone who has authenticated. `id` is stable: `key:<key id>` or `jwt:<issuer>#<client_id or sub>`. */
export interface Caller {
  readonly id: string;
  readonly roles: ReadonlySet<CallerRole>;
  /** The OAuth client that a question is about when it names none, or null: then it must name one. */
  readonly defaultClientId: string | null;
}

/** An API key without its secret: what is stored and may be shown. Times are milliseconds since 1970. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly CallerRole[];
  /** `Caller.defaultClientId` of its bearer. */
  readonly defaultClientId: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly reason: string;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly revokedBy: string | null;
  readonly revocationReason: string | null;
}
/** With the SHA-256 of its secret, in lower-case hexadecimal. Never leaves the server. */
export interface StoredApiKey extends ApiKey {
  readonly secretHash: string;
}

/** What happened to a key, as an act on record: when (milliseconds since 1970), by whom and why. */
export interface ApiKeyAct extends Pick<ApiKey, "name" | "roles" | "defaultClientId" | "expiresAt"> {
  readonly event: "CREATED" | "REVOKED";
  readonly keyId: string;
  readonly at: number;
  readonly author: string;
  readonly reason: string;
}

/** Where API keys are kept. Rejects with AUTHENTICATION_UNAVAILABLE when it can't answer. */
export interface ApiKeyStore {
  find(id: string): Promise<StoredApiKey | null>;
  /** Newest first. */
  list(): Promise<readonly ApiKey[]>;
  add(key: StoredApiKey): Promise<void>;
  /** The revoked key, or null when there is none of that id. Revoking again changes nothing. */
  revoke(
    id: string,
    by: { readonly at: number; readonly author: string; readonly reason: string },
  ): Promise<ApiKey | null>;
}
