import type { Identity } from "../../callers/types.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { WebhookAct } from "../../record/webhookAct.ts";
import type { NotificationType } from "./notification.ts";

/**
 * The type of an act on record that a sink could not deliver. It is listed with the notifications that could not be, and sent anew by
 * the sink alone: `subject` is the act's id, and the body says where it stands.
 */
export const SINK_DELIVERY = "scopewarden.sink.undelivered";

/** PENDING: it will be sent, or sent again. DEAD: it was given up. */
export type DeliveryState = "PENDING" | "DELIVERED" | "DEAD";

/** A notification on its way to the receiver. Times are milliseconds since 1970. */
export interface WebhookDelivery {
  /** That of the notification: the receiver knows a repetition by it. */
  readonly id: string;
  readonly type: NotificationType | typeof SINK_DELIVERY;
  /** The id of what it is about. */
  readonly subject: string;
  readonly state: DeliveryState;
  /** What is sent, always the same bytes. */
  readonly body: string;
  readonly createdAt: number;
  /** Since it was made, or since somebody had it tried anew. */
  readonly attempts: number;
  /** When it is tried next, at the earliest. Of what is not PENDING it says nothing. */
  readonly nextAt: number;
  readonly lastAttemptAt: number | null;
  /** The HTTP status of the last attempt; null: there was no answer. */
  readonly lastStatus: number | null;
  /** Why the last attempt failed; null: it did not. */
  readonly lastError: string | null;
  /** When it was delivered, or given up. */
  readonly endedAt: number | null;
}

/** What deliveries are searched by; all that is given must hold. */
export interface DeliveryFilter {
  readonly state?: DeliveryState | undefined;
  readonly type?: string | undefined;
  /** The id of what it is about, exactly. */
  readonly subject?: string | undefined;
}

/** Where deliveries are seen and tried anew. Rejects with POLICY_UNAVAILABLE when it can't answer. */
export interface DeliveryStore {
  find(id: string): Promise<WebhookDelivery | null>;
  /** Newest first. */
  page(query: {
    readonly filter: DeliveryFilter;
    readonly page: PageRequest<number>;
  }): Promise<Page<WebhookDelivery, number>>;
  /**
   * Makes it PENDING, due now and with no attempts, with the act on record under `actId`.
   * @throws ScopewardenError CONFLICT where it is delivered, UNAUTHENTICATED when the author's key is no longer in force
   */
  retry(act: WebhookAct, actId: string): Promise<void>;
}

/** A delivery that was taken to be sent. `lease` tells whether it is still this one's to say what came of it. */
export interface ClaimedDelivery extends Pick<WebhookDelivery, "id" | "body" | "attempts"> {
  readonly type: NotificationType;
  readonly lease: string;
}

/** What came of an attempt: an HTTP status, or why there was none. */
interface Attempted {
  readonly at: number;
  readonly status: number | null;
  /** Null: it arrived. */
  readonly error: string | null;
}

/** Where deliveries wait. Each happening is in it once, however often and wherever the service is killed. */
export interface Outbox {
  /** Takes in what the journal has by now, and what is to be reminded of at `now`. */
  collect(now: number): Promise<void>;
  /** Takes one that is due for `leaseMs`, in which no other instance takes it, and counts the attempt; null: none is due. */
  claim(now: number, leaseMs: number): Promise<ClaimedDelivery | null>;
  /** What came of it: it has arrived, or is tried again at `nextAt`; null: never. */
  settle(claimed: ClaimedDelivery, attempted: Attempted, nextAt: number | null): Promise<void>;
  /** Gives back what was not tried to its end, as if it had not been taken. */
  release(claimed: ClaimedDelivery): Promise<void>;
  /** Removes what was delivered before then. */
  removeDelivered(before: number): Promise<void>;
  counts(): Promise<{ readonly pending: number; readonly dead: number }>;
}

/** What of the deliveries an operator may see and do. */
export interface Webhooks {
  page(query: {
    readonly filter: DeliveryFilter;
    readonly page: PageRequest<number>;
  }): Promise<Page<WebhookDelivery, number>>;
  /**
   * Has it sent anew, at once and with all its attempts.
   * @throws ScopewardenError BAD_USER_INPUT, NOT_FOUND, CONFLICT where it was delivered
   */
  retry(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<WebhookDelivery>;
}

export function createWebhooks(deps: {
  readonly store: DeliveryStore;
  readonly clock: Clock;
  readonly newId: NewId;
}): Webhooks {
  const { store, clock, newId } = deps;
  async function known(id: string): Promise<WebhookDelivery> {
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no webhook delivery ${id}.`);
    return found;
  }
  return {
    page: store.page,
    async retry(caller, { id, reason }) {
      const ofId = identifierProblem(id);
      const ofReason = reasonProblem(reason);
      const problems = [
        ...(ofId === null ? [] : [{ path: "id", message: ofId }]),
        ...(ofReason === null ? [] : [{ path: "reason", message: ofReason }]),
      ];
      if (problems.length > 0) throw badInput(problems);
      await known(id);
      const act = { event: "RETRIED", deliveryId: id, at: clock(), author: caller.id, text: reason } as const;
      await store.retry(act, newId());
      return known(id);
    },
  };
}
