import { type OnRecord, onceId, open, PERSONAL } from "./onRecord.ts";

/** That somebody had a notification sent anew which could not be delivered. */
export interface WebhookAct {
  readonly event: "RETRIED";
  readonly deliveryId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
}

export const webhookOnRecord = {
  words: "Somebody had a notification sent anew.",
  format: 1,
  id: onceId("webhook"),
  time: "at",
  members: { ...open("event", "deliveryId", "at", "author"), text: PERSONAL },
  erased: "LASTING",
} as const satisfies OnRecord<WebhookAct>;
