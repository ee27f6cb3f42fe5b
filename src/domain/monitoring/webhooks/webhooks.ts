import type { Identity } from "../../callers/types.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { DeliveryFilter, DeliveryStore, WebhookDelivery } from "./delivery.ts";

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
