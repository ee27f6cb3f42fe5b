import type { WebhookDelivery } from "../../domain/monitoring/webhooks/delivery.ts";
import { columnsOf } from "../database/columns.ts";

export const deliveryColumns = columnsOf<WebhookDelivery>({
  id: "key",
  type: "text",
  subject: "text",
  state: "text",
  body: "text",
  createdAt: "integer",
  attempts: "integer",
  nextAt: "integer",
  lastAttemptAt: "integer",
  lastStatus: "integer",
  lastError: "text",
  endedAt: "integer",
});
