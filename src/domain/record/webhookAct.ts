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
