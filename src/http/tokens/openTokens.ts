import type { RevokedTokens } from "../../domain/consent/revocations/tokenRevocation.ts";
import type { Directory } from "../../domain/directory/directory.ts";
import type { Clock, MonotonicClock } from "../../domain/kernel/ports.ts";
import { errorFacts, type Log } from "../../process/log.ts";
import { createJwks } from "./jwks.ts";
import { createTokenAuthenticator, type TokenAuthenticator } from "./tokenAuthenticator.ts";
import type { TokenIssuer } from "./tokenIssuer.ts";

const REVOKED_MS = 500;

/** Reads tokens of these issuers, whose keys are fetched, and fetched anew, until it is closed. */
export function openTokens(
  deps: { readonly maxAge: number | null; readonly stepUp: number | null } & {
    readonly maxStaleMs: number;
    readonly refreshMs: number;
    readonly issuers: readonly TokenIssuer[];
    readonly directory: () => Directory;
    /** Those in force now. */
    readonly standing: (now: number) => Promise<readonly RevokedTokens[]>;
    readonly log: Pick<Log, "warn">;
    readonly clock: Clock;
    readonly monotonic: MonotonicClock;
  },
): TokenAuthenticator & { forgetRevoked(): void; close(): void } {
  const { clock, directory, log, maxAge, maxStaleMs, monotonic, refreshMs, standing, stepUp } = deps;
  const issuers = deps.issuers.map((settings) => {
    const { issuer, jwksUrl: url } = settings;
    const onFailure = (error: unknown): void =>
      log.warn({ issuer, error: errorFacts(error) }, "the authorization server's keys could not be fetched");
    return { settings, jwks: createJwks({ url, monotonic, refreshMs, maxStaleMs, onFailure }) };
  });
  // Not waited for: API keys work without it.
  for (const { jwks } of issuers) void jwks.refresh();
  let known: { readonly until: number; readonly tokens: Promise<readonly RevokedTokens[]> } | null = null;
  /** Read anew twice a second at most, by the first token that comes: what another instance revoked holds here within a second. */
  function revoked(): Promise<readonly RevokedTokens[]> {
    if (known === null || monotonic() >= known.until) {
      const tokens = standing(clock());
      known = { until: monotonic() + REVOKED_MS, tokens };
      tokens.catch(forgetRevoked);
    }
    return known.tokens;
  }
  function forgetRevoked(): void {
    known = null;
  }
  return {
    ...createTokenAuthenticator({ issuers, clock, directory, maxAge, revoked, stepUp }),
    forgetRevoked,
    close() {
      for (const { jwks } of issuers) jwks.close();
    },
  };
}
