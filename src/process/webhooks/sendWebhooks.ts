import type { Clock } from "../../domain/kernel/ports.ts";
import type { ClaimedDelivery, Outbox } from "../../domain/monitoring/webhooks/delivery.ts";
import { retryDelay } from "../../domain/monitoring/webhooks/retryDelay.ts";
import { errorFacts, type Log } from "../log.ts";
import { type Looking, lookAgain } from "../lookAgain.ts";
import { createSignedPost, type Receiver, type SignedPost } from "./signedPost.ts";

/** Attempts that are under way at once. */
const AT_ONCE = 4;
/** Attempts of one look: then what has happened meanwhile is taken in, and what is to be reminded of. */
const OF_ONE_LOOK = 100;
/** How much longer than an attempt may take it is leased for. */
const LEASE_SPARE_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The receiver wants no more of it (RFC 9110 section 15.5.11; Standard Webhooks). */
const GONE = 410;

const FAILED = "notifications can't be taken in or sent";

/** What came of attempts, as the metric counts them. */
export type AttemptOutcome = "delivered" | "failed" | "dead";

export interface WebhookSending extends Looking {
  /** As of the last look. */
  readonly counts: { readonly pending: number; readonly dead: number };
}

interface Sending {
  readonly outbox: Outbox;
  readonly post: SignedPost;
  readonly clock: Clock;
  /** From 0, below 1. */
  readonly chance: () => number;
  readonly attempts: number;
  readonly timeoutMs: number;
  readonly keepDays: number;
  readonly everyMs: number;
  readonly count: (outcome: AttemptOutcome) => void;
  readonly log: Log;
}

/**
 * Sends what is in the outbox, at least once each: what a receiver answers with 2xx has arrived; else it is tried again after a while,
 * so many times, or not at all after 410. To stop cuts attempts off, which count as none.
 */
export function sendWebhooks(deps: Sending): WebhookSending {
  const { outbox, post, clock, chance, count, log } = deps;
  const stopping = new AbortController();
  let counts = { pending: 0, dead: 0 };

  async function send(claimed: ClaimedDelivery): Promise<void> {
    const { status, error } = await post(claimed, stopping.signal);
    if (error !== null && stopping.signal.aborted) return outbox.release(claimed);
    const at = clock();
    const over = status === GONE || claimed.attempts >= deps.attempts;
    const nextAt = error === null || over ? null : at + retryDelay(claimed.attempts, chance());
    await outbox.settle(claimed, { at, status, error }, nextAt);
    count(error === null ? "delivered" : over ? "dead" : "failed");
    if (error !== null && over)
      log.warn(
        { delivery: claimed.id, type: claimed.type, attempts: claimed.attempts, error },
        "a notification was given up",
      );
  }

  async function once(): Promise<void> {
    await outbox.collect(clock());
    let left = OF_ONE_LOOK;
    const inTurn = async (): Promise<void> => {
      while (left-- > 0 && !stopping.signal.aborted) {
        const claimed = await outbox.claim(clock(), deps.timeoutMs + LEASE_SPARE_MS);
        if (claimed === null) return;
        await send(claimed);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, inTurn));
    await outbox.removeDelivered(clock() - deps.keepDays * DAY_MS);
    counts = await outbox.counts();
    for (const turn of ended) if (turn.status === "rejected") throw turn.reason;
  }

  let failing = false;
  /** Looks too often for each failure to be told. */
  async function look(): Promise<void> {
    try {
      await once();
      if (failing) log.info("notifications are sent again");
      failing = false;
    } catch (error) {
      if (!failing) log.error({ error: errorFacts(error) }, FAILED);
      failing = true;
    }
  }

  const looking = lookAgain({ look, everyMs: deps.everyMs, log, failed: FAILED });
  return {
    get counts() {
      return counts;
    },
    stop() {
      stopping.abort();
      return looking.stop();
    },
  };
}

/** Sends to the receiver that is configured; null where there is none. */
export function openWebhooks(
  webhook: (Receiver & Pick<Sending, "attempts" | "keepDays"> & { readonly pollMs: number }) | null,
  { outbox, ...deps }: Pick<Sending, "clock" | "count" | "log"> & { readonly outbox: Outbox | null },
): WebhookSending | null {
  if (webhook === null || outbox === null) return null;
  const post = createSignedPost({ ...webhook, clock: deps.clock });
  return sendWebhooks({ ...deps, ...webhook, outbox, post, chance: Math.random, everyMs: webhook.pollMs });
}
