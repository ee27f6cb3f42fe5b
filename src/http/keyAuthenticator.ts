import { createHash, timingSafeEqual } from "node:crypto";
import { parseApiKey } from "../domain/callers/apiKeys.ts";
import { ADMIN_KEY_CALLER, ADMIN_KEY_NAME, keyCaller, subjectOfKey } from "../domain/callers/callerName.ts";
import { rolesHeld } from "../domain/callers/keyRoles.ts";
import { makersOf } from "../domain/callers/makers.ts";
import {
  type ApiKeyStore,
  CALLER_ROLES,
  type CallerSubject,
  type Identity,
  type KeyFailure,
  type StoredApiKey,
} from "../domain/callers/types.ts";
import type { Directory } from "../domain/directory/directory.ts";
import { identified } from "../domain/directory/samePeople.ts";
import type { Domain } from "../domain/domain.ts";
import type { Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import { type Authentication, notAccepted, unavailable } from "./authentication.ts";

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();

interface Cached {
  /** By the monotonic clock. */
  readonly until: number;
  readonly key: Promise<StoredApiKey | null>;
  /** What was found right while this entry lives: the same text again need not be looked up or hashed again. */
  accepted: Accepted | null;
}

interface Accepted {
  readonly text: Buffer;
  readonly key: StoredApiKey;
  readonly makers: readonly CallerSubject[];
  /** By which it is said who else the bearer is: where another is known, that is said anew. */
  readonly directory: Directory;
  readonly caller: Identity;
}

/** Is told, on the way, how keys that exist are used. */
export interface KeyWatch {
  /** Not at every use: when it is looked up, which is once for as long as it is remembered. */
  used(id: string): void;
  failed(id: string, why: KeyFailure): void;
}

export interface KeyAuthenticator {
  /** Null when the text is neither the admin key nor looks like an API key. At once for a key that was just used. */
  authenticate(text: string): Authentication | null | Promise<Authentication>;
  /** Forgets a key at once, or every key; the next use asks the store. */
  forget(id: string): void;
  forgetAll(): void;
}

function hasSecret(key: StoredApiKey | null, secret: string): boolean {
  const stored = key === null ? Buffer.alloc(32) : Buffer.from(key.secretHash, "hex");
  return stored.length === 32 && timingSafeEqual(stored, sha256(secret));
}

/**
 * Accepts the configured admin key and the stored API keys. A stored key is remembered for `cacheMs`, which bounds
 * how long a revocation by another process takes to be seen where no hint tells of it.
 */
export function createKeyAuthenticator(deps: {
  readonly store: Pick<ApiKeyStore, "find">;
  /** By which keys expire. */
  readonly clock: Clock;
  /** By which they are remembered. */
  readonly monotonic: MonotonicClock;
  readonly adminKey: string | null;
  /** As it is known now. */
  readonly directory: () => Directory;
  /** Whether a key that only relays what others ask stands for who made it, too; absent: it does not. */
  readonly fourEyes?: boolean;
  readonly watch?: KeyWatch;
  readonly cacheMs?: number;
  readonly cacheSize?: number;
}): KeyAuthenticator {
  const { store, clock, monotonic, fourEyes = false, watch, cacheMs = 1000, cacheSize = 1000 } = deps;
  const adminLength = deps.adminKey?.length ?? 0;
  const adminHash = deps.adminKey === null ? null : sha256(deps.adminKey);
  const admin: Identity = {
    id: ADMIN_KEY_CALLER,
    kind: "ADMIN_KEY",
    name: ADMIN_KEY_NAME,
    subject: null,
    roles: new Set(CALLER_ROLES),
    defaultClientId: null,
    expiresAt: null,
  };
  const cache = new Map<string, Cached>();

  // Promises are kept, not keys: an answer that was under way when its key was revoked can't come back into the cache.
  function find(id: string): Cached {
    const now = monotonic();
    const cached = cache.get(id);
    if (cached !== undefined && now < cached.until) return cached;
    const entry: Cached = { until: now + cacheMs, key: store.find(id), accepted: null };
    const drop = (): void => {
      if (cache.get(id) === entry) cache.delete(id);
    };
    // Only keys that exist are remembered, so that guesses can't push them out.
    entry.key.then((key) => key === null && drop(), drop);
    cache.delete(id);
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value ?? "");
    cache.set(id, entry);
    return entry;
  }

  /** One that is in its time, or why it is not. */
  function current(key: StoredApiKey, caller: Identity): Authentication {
    if (key.revokedAt !== null) {
      watch?.failed(key.id, "revoked");
      return notAccepted("revoked_key", "The API key was revoked.");
    }
    if (key.expiresAt !== null && key.expiresAt <= clock()) {
      watch?.failed(key.id, "expired");
      return notAccepted("expired_key", "The API key has expired.");
    }
    // Of the first key alone they change.
    if (key.allRolesUntil === null) return { ok: true, caller };
    return { ok: true, caller: { ...caller, roles: new Set(rolesHeld(key, clock())) } };
  }

  function acceptedBy(key: StoredApiKey, text: Buffer, makers: readonly CallerSubject[]): Accepted {
    const { id, name, roles, defaultClientId, assertRoles, expiresAt } = key;
    const subject = subjectOfKey(key);
    const directory = deps.directory();
    const caller: Identity = {
      id: keyCaller(id),
      kind: "KEY",
      name,
      subject,
      ...identified(directory, subject === null ? [] : [subject], { makers }),
      roles: new Set(roles),
      defaultClientId,
      assertRoles,
      expiresAt,
    };
    return { text, key, makers, directory, caller };
  }

  /** A key that only relays what others ask is nobody's pair of eyes where one is enough. */
  const makersBehind = async (key: StoredApiKey): Promise<readonly CallerSubject[]> =>
    key.roles.every((role) => role === "service") && !fourEyes ? [] : makersOf(store, key);

  async function lookUp(entry: Cached, text: Buffer, secret: string): Promise<Authentication> {
    let key: StoredApiKey | null;
    let makers: readonly CallerSubject[] | null = null;
    try {
      key = await entry.key;
      if (key !== null && hasSecret(key, secret)) makers = await makersBehind(key);
    } catch {
      return unavailable();
    }
    // One answer for a key that is not there and for one with another secret: ids can't be probed.
    if (key === null || makers === null) {
      if (key !== null) watch?.failed(key.id, "wrongSecret");
      return notAccepted("unknown_key", "The API key is not valid.");
    }
    entry.accepted = acceptedBy(key, text, makers);
    const found = current(key, entry.accepted.caller);
    if (found.ok) watch?.used(key.id);
    return found;
  }

  return {
    forget: (id) => void cache.delete(id),
    forgetAll: () => cache.clear(),
    authenticate(text) {
      // Only the length of the admin key can be told from the time that this takes.
      if (adminHash !== null && text.length === adminLength && timingSafeEqual(adminHash, sha256(text))) {
        return { ok: true, caller: admin };
      }
      const parts = parseApiKey(text);
      if (parts === null) return null;
      const entry = find(parts.id);
      const bytes = Buffer.from(text, "latin1");
      const { accepted } = entry;
      if (accepted === null || accepted.text.length !== bytes.length || !timingSafeEqual(accepted.text, bytes))
        return lookUp(entry, bytes, parts.secret);
      if (accepted.directory !== deps.directory())
        entry.accepted = acceptedBy(accepted.key, accepted.text, accepted.makers);
      return current(accepted.key, (entry.accepted ?? accepted).caller);
    },
  };
}

/** The same; keys and tokens that are revoked through it stop working here at once, and not only when the cache is over. */
export function forgettingRevoked(
  domain: Domain,
  { forgetTokens, keys }: { readonly keys: Pick<KeyAuthenticator, "forget" | "forgetAll">; forgetTokens(): void },
): Domain {
  const { apiKeys, endAccess, tokenRevocations } = domain;
  const { end, revoke } = tokenRevocations;
  return {
    ...domain,
    apiKeys: {
      ...apiKeys,
      async revoke(input) {
        try {
          return await apiKeys.revoke(input);
        } finally {
          keys.forget(input.id);
        }
      },
    },
    tokenRevocations: {
      ...tokenRevocations,
      revoke: (...about) => revoke(...about).finally(forgetTokens),
      end: (...about) => end(...about).finally(forgetTokens),
    },
    async endAccess(...about) {
      try {
        return await endAccess(...about);
      } finally {
        keys.forgetAll();
        forgetTokens();
      }
    },
  };
}
