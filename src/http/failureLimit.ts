import { createHmac, randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { decodeJwt } from "jose";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { parseApiKey } from "../domain/callers/apiKeys.ts";
import { CREDENTIALS } from "./authenticate.ts";
import type { FailureKind } from "./authentication.ts";

/** Whether a failure was an attempt with credentials that are wrong. */
const COUNTS: { readonly [K in FailureKind]: boolean } = {
  no_credentials: false,
  malformed_header: true,
  unknown_key: true,
  expired_key: true,
  revoked_key: true,
  invalid_token: true,
  expired_token: true,
  unknown_signing_key: true,
  insufficient_scope: false,
  unavailable: false,
};

const WINDOW_S = 60;
/**
 * As many counters there are, whoever calls, so that a flood of addresses takes no memory. Two pairs that meet in one
 * counter are limited together, which does no harm to a right secret; nobody can tell which pairs those are.
 */
const COUNTERS = 65_536;

/** The network that one party has to itself: the address, or of IPv6 its first 64 bits. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? 0 : tail.split(":").length;
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after);
  return [...groups, ...Array<string>(zeros).fill("0"), ...(tail ?? "").split(":")]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** Whom credentials that were refused named: a key by its id, a token by the client that it claims; else nobody. */
function claimedId(authorization: string | undefined): string {
  const credentials = CREDENTIALS.exec(authorization ?? "")?.[1] ?? "";
  const key = parseApiKey(credentials);
  if (key !== null) return `key ${key.id}`;
  try {
    const { client_id, sub } = decodeJwt(credentials);
    return `token ${String(client_id ?? sub)}`;
  } catch {
    return "";
  }
}

interface FailedAuthentication {
  readonly kind: FailureKind;
  readonly address: string;
  readonly authorization: string | undefined;
}

export interface FailureLimit {
  /** Counts a failure. The seconds after which it is forgotten where there were too many, else null. */
  failed(attempt: FailedAuthentication): Promise<number | null>;
  /** How many counters are in use. */
  readonly counters: number;
}

/**
 * Limits failed authentications by the pair of whom the credentials name and where they come from. It is asked after a
 * failure only: a right secret always passes, so that nobody can lock anybody out.
 */
export function createFailureLimit({ perMinute }: { readonly perMinute: number }): FailureLimit {
  const counters = new RateLimiterMemory({ points: perMinute, duration: WINDOW_S });
  const secret = randomBytes(32);
  return {
    get counters() {
      return counters.dump().storage.length;
    },
    async failed({ kind, address, authorization }) {
      if (!COUNTS[kind]) return null;
      const pair = `${networkOf(address)} ${claimedId(authorization)}`;
      const counter = createHmac("sha256", secret).update(pair).digest().readUInt32BE() % COUNTERS;
      try {
        await counters.consume(counter);
        return null;
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        // The library reckons with the wall clock, which may be set back, and forgets by timers, which are right.
        return Math.min(WINDOW_S, Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
      }
    },
  };
}
