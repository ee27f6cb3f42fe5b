import type { LinkedAccounts } from "../../domain/directory/accounts.ts";
import type { Clock, MonotonicClock } from "../../domain/kernel/ports.ts";
import { errorFacts, type Log } from "../../process/log.ts";
import { createJwks } from "./jwks.ts";
import { createTokenAuthenticator, type TokenAuthenticator } from "./tokenAuthenticator.ts";
import type { TokenIssuer } from "./tokenIssuer.ts";

/** Reads tokens of these issuers, whose keys are fetched, and fetched anew, until it is closed. */
export function openTokens(
  deps: { readonly maxAge: number | null; readonly stepUp: number | null } & {
    readonly maxStaleMs: number;
    readonly refreshMs: number;
    readonly issuers: readonly TokenIssuer[];
    readonly linkedAccounts: LinkedAccounts;
    readonly log: Pick<Log, "warn">;
    readonly clock: Clock;
    readonly monotonic: MonotonicClock;
  },
): TokenAuthenticator & { close(): void } {
  const { clock, linkedAccounts, log, maxAge, maxStaleMs, monotonic, refreshMs, stepUp } = deps;
  const issuers = deps.issuers.map((settings) => {
    const { issuer, jwksUrl: url } = settings;
    const onFailure = (error: unknown): void =>
      log.warn({ issuer, error: errorFacts(error) }, "the authorization server's keys could not be fetched");
    return { settings, jwks: createJwks({ url, monotonic, refreshMs, maxStaleMs, onFailure }) };
  });
  // Not waited for: API keys work without it.
  for (const { jwks } of issuers) void jwks.refresh();
  return {
    ...createTokenAuthenticator({ issuers, clock, linkedAccounts, maxAge, stepUp }),
    close() {
      for (const { jwks } of issuers) jwks.close();
    },
  };
}
