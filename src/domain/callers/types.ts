import type { Page, PageRequest } from "../kernel/pages.ts";
import type { CarriedOut, StaleSignIn } from "../policy/fourEyes.ts";

/** Who calls Scopewarden's own API. A caller may hold several roles; docs/operating.md says why one is better. */
export const CALLER_ROLES = ["service", "admin", "reviewer", "auditor", "consent"] as const;
export type CallerRole = (typeof CALLER_ROLES)[number];

/** A role that a caller may say a subject has, and where: in one organization, or `*` in all and for what names none. */
export interface AssertableRole {
  readonly role: string;
  readonly organization: string;
}

/** Someone who has authenticated. `id` is stable: `key:<key id>` or `jwt:<issuer>#<client_id or sub>`. */
export interface Caller {
  readonly id: string;
  readonly roles: ReadonlySet<CallerRole>;
  /** The OAuth client that a question is about when it names none, or null: then it must name one. */
  readonly defaultClientId: string | null;
  /** The roles that its questions may bring along; absent: none. */
  readonly assertRoles?: readonly AssertableRole[];
}

/**
 * An account of a person or program: of the policy and the directory, whose type is said and whose issuer is null, or of an issuer of
 * tokens, whose type is `client` where no person is involved (RFC 9068 section 2.2), else null.
 */
export interface CallerSubject {
  readonly type: string | null;
  readonly id: string;
  readonly issuer: string | null;
}

/** Somebody who took a step, with what tells whether somebody else is another person. */
export interface Person {
  readonly callerId: string;
  readonly subject: CallerSubject | null;
  /** All whom they stood for, in the form of `peopleOf`; absent: for their subject alone. */
  readonly people?: readonly string[];
}

/** What a caller authenticated with: a stored key, the key of the configuration, or an access token. */
export type CallerKind = "KEY" | "ADMIN_KEY" | "TOKEN";

/** A caller with all that is known of it. */
export interface Identity extends Caller {
  readonly kind: CallerKind;
  /** For people to read, and never compared: the key's name, or what the token calls who signed in. */
  readonly name: string;
  readonly subject: CallerSubject | null;
  /** Who else the directory says the subject is (`accounts`); absent: nobody. */
  readonly linked?: readonly CallerSubject[];
  /** `Person.people`: of a program's key with whoever made it. */
  readonly people?: readonly string[];
  /** Of a token that no person is known to be involved in, such as one whose `sub` is its client (RFC 9068 section 2.2). */
  readonly withoutPerson?: true;
  /** When what it authenticated with ends, in milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
  /** Of a token: when the person signed in, in milliseconds since 1970, and what else it says of them; null and absent: it does not say. */
  readonly authTime?: number | null;
  /** Absent: nothing is asked. */
  readonly staleSignIn?: StaleSignIn;
  readonly organization?: string | null;
  readonly fhirUser?: string | null;
}

/** An API key without its secret: what is stored and may be shown. Times are milliseconds since 1970. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly CallerRole[];
  /** Of the first key, when its first day ends: until then it holds every role. Null: it never holds but its own. */
  readonly allRolesUntil: number | null;
  /** To whom it belongs; of a key for people never null, but for the first. */
  readonly subject: { readonly type: string; readonly id: string } | null;
  /** `Caller.defaultClientId` of its bearer. */
  readonly defaultClientId: string | null;
  /** `Caller.assertRoles` of its bearer. */
  readonly assertRoles: readonly AssertableRole[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly reason: string;
  readonly expiresAt: number | null;
  /** When it last authenticated, a minute or so late; null: never. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
  readonly revokedBy: string | null;
  readonly revocationReason: string | null;
}
/** With the SHA-256 of its secret, in lower-case hexadecimal. Never leaves the server. */
export interface StoredApiKey extends ApiKey {
  readonly secretHash: string;
}

/** Refused uses of a key that exists, by why. */
export type KeyFailure = "wrongSecret" | "expired" | "revoked";
/** How many there were from `since` to the act's own time. */
export type KeyFailures = { readonly [Why in KeyFailure]: number } & { readonly since: number };

/** What happens to a key. FAILED: it was used in vain; one act a minute at most, with their count. */
export type ApiKeyEventKind = "CREATED" | "REVOKED" | "FAILED";

/** What happened to a key, as an act on record: when (milliseconds since 1970), by whom and why. */
export interface ApiKeyAct
  extends Pick<
    ApiKey,
    "name" | "roles" | "allRolesUntil" | "subject" | "defaultClientId" | "assertRoles" | "expiresAt"
  > {
  readonly event: ApiKeyEventKind;
  readonly keyId: string;
  readonly at: number;
  /** The id of the caller who did it; of FAILED nobody knows. */
  readonly author: string | null;
  readonly reason: string | null;
  /** Of FAILED only. */
  readonly failures: KeyFailures | null;
}

/** Failed uses of one key, to be put on record as one act; `id` is what it is. */
export interface FailedUses {
  readonly id: string;
  readonly keyId: string;
  readonly at: number;
  readonly failures: KeyFailures;
}

/** What events are searched by; all that is given must hold. Times are milliseconds since 1970, `to` exclusive. */
export interface ApiKeyEventFilter {
  readonly keyId?: string | undefined;
  readonly event?: ApiKeyEventKind | undefined;
  readonly callerId?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Where API keys are kept. Rejects with AUTHENTICATION_UNAVAILABLE when it can't answer. */
export interface ApiKeyStore {
  find(id: string): Promise<StoredApiKey | null>;
  /** Those of these ids that there are, in no order. */
  findAll(ids: readonly string[]): Promise<readonly ApiKey[]>;
  /** Newest first. */
  list(): Promise<readonly ApiKey[]>;
  /**
   * With its act on record, and the end of the proposal that it carries out.
   * @throws ScopewardenError UNAUTHENTICATED when the key of its maker is no longer in force, CONFLICT when the proposal is not
   * approved
   */
  add(key: StoredApiKey, carriedOut?: CarriedOut): Promise<void>;
  /** As `add` where there is no key at all; false, with nothing changed, where there is one. */
  addFirst(key: StoredApiKey): Promise<boolean>;
  /**
   * The revoked key, or null when there is none of that id. Revoking again changes nothing.
   * @throws ScopewardenError UNAUTHENTICATED when the author's own key is no longer in force, CONFLICT when it revokes
   * itself and is the last one in force that holds `admin`
   */
  revoke(
    id: string,
    by: { readonly at: number; readonly author: string; readonly reason: string },
  ): Promise<ApiKey | null>;
  /** Keeps when keys were last used; a time that is not later changes nothing. */
  noteUses(lastUsedAt: ReadonlyMap<string, number>): Promise<void>;
  /** Puts failed uses on record. The same ones again, by their ids, change nothing. */
  recordFailures(failed: readonly FailedUses[]): Promise<void>;
  /** Newest first, by their positions on record. Rejects with JOURNAL_UNAVAILABLE when the record can't be read. */
  events(query: {
    readonly filter: ApiKeyEventFilter;
    readonly page: PageRequest<number>;
  }): Promise<Page<ApiKeyAct, number>>;
}
