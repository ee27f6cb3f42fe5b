import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { MonotonicClock } from "../../domain/kernel/ports.ts";
import { fetchJson } from "../fetchJson.ts";

/** The keys can't be had, so nothing can be said of a token: neither that it is good nor that it is bad. */
export class JwksUnavailable extends Error {
  constructor(cause?: unknown) {
    super("the authorization server's keys are not available", cause === undefined ? {} : { cause });
    this.name = "JwksUnavailable";
  }
}

export interface Jwks {
  /** @throws JwksUnavailable, or jose's JWKSNoMatchingKey when the authorization server has no such key. */
  readonly key: JWTVerifyGetKey;
  /** Fetches now. Never rejects: a failure leaves the known keys in place. */
  refresh(): Promise<void>;
  close(): void;
}

const MAX_BYTES = 1024 * 1024;

async function download(url: URL, timeoutMs: number): Promise<JWTVerifyGetKey> {
  const accept = "application/jwk-set+json, application/json";
  return createLocalJWKSet((await fetchJson(url, { accept, maxBytes: MAX_BYTES, timeoutMs })) as JSONWebKeySet);
}

/**
 * An authorization server's keys (RFC 7517), fetched anew every `refreshMs`, so that a withdrawn key stops working
 * by then. A key id that is not known is looked for at once, though not more often than every `cooldownMs`. While
 * the server can't be reached the known keys go on working for `maxStaleMs`.
 */
export function createJwks(deps: {
  readonly url: URL;
  readonly monotonic: MonotonicClock;
  readonly refreshMs: number;
  readonly maxStaleMs: number;
  readonly cooldownMs?: number;
  readonly retryMs?: number;
  readonly timeoutMs?: number;
  readonly onFailure?: (error: unknown) => void;
}): Jwks {
  const { url, monotonic, refreshMs, maxStaleMs, cooldownMs = 10_000, retryMs = 1000, timeoutMs = 5000 } = deps;
  let keys: { readonly find: JWTVerifyGetKey; readonly fetchedAt: number } | null = null;
  let last: { readonly at: number; readonly error: unknown } | null = null;
  let underWay: Promise<void> | null = null;

  function refresh(): Promise<void> {
    underWay ??= download(url, timeoutMs)
      .then(
        (find) => {
          keys = { find, fetchedAt: monotonic() };
          last = { at: monotonic(), error: null };
        },
        (error: unknown) => {
          last = { at: monotonic(), error };
          deps.onFailure?.(error);
        },
      )
      .finally(() => {
        underWay = null;
      });
    return underWay;
  }

  /** Fetches unless that was tried a moment ago: nobody can make us flood the authorization server. */
  async function refreshIfDue(): Promise<void> {
    const pause = last === null ? 0 : last.error === null ? cooldownMs : retryMs;
    if (underWay !== null || last === null || monotonic() - last.at >= pause) await refresh();
  }
  const current = (): JWTVerifyGetKey | null =>
    keys !== null && monotonic() - keys.fetchedAt <= maxStaleMs ? keys.find : null;

  const timer = setInterval(() => void refresh(), refreshMs);
  timer.unref();

  return {
    async key(header, token) {
      if (current() === null) await refreshIfDue();
      const before = current();
      if (before === null) throw new JwksUnavailable(last?.error);
      try {
        return await before(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refreshIfDue();
        // The unknown key may be a new one: as long as we can't look, we can't say that it is wrong.
        if (last !== null && last.error !== null) throw new JwksUnavailable(last.error);
        const after = current();
        if (after === null || after === before) throw error;
        return after(header, token);
      }
    },
    refresh,
    close: () => clearInterval(timer),
  };
}
