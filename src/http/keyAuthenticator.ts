import { createHash, timingSafeEqual } from "node:crypto";
import { type ApiKeys, parseApiKey } from "../domain/callers/apiKeys.ts";
import { type ApiKeyStore, CALLER_ROLES, type Caller, type StoredApiKey } from "../domain/callers/types.ts";
import type { Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import { type Authentication, notAccepted, unavailable } from "./authentication.ts";

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();

interface Cached {
  /** By the monotonic clock. */
  readonly until: number;
  readonly key: Promise<StoredApiKey | null>;
  /** What was found right while this entry lives: the same text again need not be looked up or hashed again. */
  accepted: { readonly text: Buffer; readonly key: StoredApiKey; readonly caller: Caller } | null;
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
  readonly cacheMs?: number;
  readonly cacheSize?: number;
}): KeyAuthenticator {
  const { store, clock, monotonic, cacheMs = 1000, cacheSize = 1000 } = deps;
  const adminLength = deps.adminKey?.length ?? 0;
  const adminHash = deps.adminKey === null ? null : sha256(deps.adminKey);
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
  function current(key: StoredApiKey, caller: Caller): Authentication {
    if (key.revokedAt !== null) return notAccepted("revoked_key", "The API key was revoked.");
    if (key.expiresAt !== null && key.expiresAt <= clock())
      return notAccepted("expired_key", "The API key has expired.");
    return { ok: true, caller };
  }

  async function lookUp(entry: Cached, text: Buffer, secret: string): Promise<Authentication> {
    let key: StoredApiKey | null;
    try {
      key = await entry.key;
    } catch {
      return unavailable();
    }
    // One answer for a key that is not there and for one with another secret: ids can't be probed.
    if (!hasSecret(key, secret) || key === null) return notAccepted("unknown_key", "The API key is not valid.");
    const { id, roles, defaultClientId } = key;
    const caller: Caller = { id: `key:${id}`, roles: new Set(roles), defaultClientId };
    entry.accepted = { text, key, caller };
    return current(key, caller);
  }

  return {
    forget: (id) => void cache.delete(id),
    forgetAll: () => cache.clear(),
    authenticate(text) {
      // Only the length of the admin key can be told from the time that this takes.
      if (adminHash !== null && text.length === adminLength && timingSafeEqual(adminHash, sha256(text))) {
        return { ok: true, caller: { id: "key:admin", roles: new Set(CALLER_ROLES), defaultClientId: null } };
      }
      const parts = parseApiKey(text);
      if (parts === null) return null;
      const entry = find(parts.id);
      const bytes = Buffer.from(text, "latin1");
      const { accepted } = entry;
      return accepted !== null && accepted.text.length === bytes.length && timingSafeEqual(accepted.text, bytes)
        ? current(accepted.key, accepted.caller)
        : lookUp(entry, bytes, parts.secret);
    },
  };
}

/** The same keys; one that is revoked through them stops working here at once, and not only when the cache is over. */
export function forgettingRevoked(apiKeys: ApiKeys, keys: Pick<KeyAuthenticator, "forget">): ApiKeys {
  return {
    ...apiKeys,
    async revoke(input) {
      try {
        return await apiKeys.revoke(input);
      } finally {
        keys.forget(input.id);
      }
    },
  };
}
