import { Webhook } from "standardwebhooks";
import type { Clock } from "../../domain/kernel/ports.ts";
import { CLOUD_EVENT_MEDIA_TYPE } from "../../domain/monitoring/webhooks/cloudEvent.ts";
import type { ClaimedDelivery } from "../../domain/monitoring/webhooks/delivery.ts";

/** What the receiver answered, or why there is no answer. Nothing of what it says is taken over but the status. */
interface Posted {
  readonly status: number | null;
  readonly error: string | null;
}

export type SignedPost = (delivery: Pick<ClaimedDelivery, "id" | "body">, stop: AbortSignal) => Promise<Posted>;

/** In words for an operator, and none that the receiver could choose. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? `no connection: ${code}` : "no connection";
}

/** Who is sent something. */
export interface Receiver {
  readonly url: URL;
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Posts a notification with its signatures (Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`), once. A
 * redirect is an answer like any other: it could lead anywhere.
 */
export function createSignedPost(
  deps: Receiver & {
    readonly clock: Clock;
    /** Of the bodies; absent: each is one CloudEvent. */
    readonly mediaType?: string;
  },
): SignedPost {
  const { url, timeoutMs, clock, mediaType = CLOUD_EVENT_MEDIA_TYPE } = deps;
  const signers = deps.secrets.map((secret) => new Webhook(secret));
  return async ({ id, body }, stop) => {
    const at = new Date(clock());
    const cut = new AbortController();
    const onStop = (): void => cut.abort();
    stop.addEventListener("abort", onStop);
    if (stop.aborted) onStop();
    const timer = setTimeout(onStop, timeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: {
          "content-type": mediaType,
          "user-agent": "scopewarden",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
          "webhook-signature": signers.map((signer) => signer.sign(id, at, body)).join(" "),
        },
        body,
        signal: cut.signal,
      });
      await response.body?.cancel();
      const { ok, status } = response;
      return { status, error: ok ? null : `HTTP status ${status}` };
    } catch (error) {
      return { status: null, error: cut.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error) };
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
    }
  };
}
