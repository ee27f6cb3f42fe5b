import { usePages } from "../../api/useAsk.ts";
import type { WebhookDeliveryState } from "../../generated/schema.ts";
import { Empty } from "../../ui/feedback.tsx";
import { orNull, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { deliveryList } from "./deliveryList.tsx";
import { Deliveries } from "./webhooks.graphql.ts";

const SHAPE = { state: "DEAD", type: "", id: "" } as const;
const EMPTY = {
  DEAD: ["Everything arrived", "Nothing was given up. What failed is tried for a day and a half before it is."],
  PENDING: ["Nothing waits", "What happens is sent at once, where a receiver is set up."],
  DELIVERED: [
    "Nothing was delivered lately",
    "What was delivered is kept for some days. Without a receiver (SCOPEWARDEN_WEBHOOK_URL) nobody is told of anything.",
  ],
  "": [
    "Nobody is told of anything",
    "A receiver is set up by SCOPEWARDEN_WEBHOOK_URL and SCOPEWARDEN_WEBHOOK_SECRET, in the service's environment.",
  ],
} as const;

/** What was told to the receiver of webhooks, and what did not arrive. */
export default function WebhooksPage() {
  const link = useLink(SHAPE);
  const { state, type } = link.values;
  const pages = usePages(
    Deliveries,
    { state: orNull<WebhookDeliveryState>(state), type: orNull(type) },
    (answer) => answer.webhookDeliveries,
  );
  const [title, text] = EMPTY[state as keyof typeof EMPTY] ?? EMPTY[""];
  return (
    <ListPage
      title="Webhooks"
      purpose="What is told to the receiver of webhooks as it happens, and what did not arrive. It names no person."
      caption="Notifications"
      {...deliveryList(link, pages)}
      filters={[
        {
          name: "state",
          label: "State",
          kind: "select",
          options: [
            { id: "DEAD", name: "Given up" },
            { id: "PENDING", name: "On its way" },
            { id: "DELIVERED", name: "Delivered" },
            { id: "", name: "All" },
          ],
        },
        { name: "type", label: "What it tells", kind: "text", placeholder: "scopewarden.alert.opened" },
      ]}
      empty={<Empty title={title}>{text}</Empty>}
    />
  );
}
