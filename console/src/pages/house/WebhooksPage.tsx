import { usePages } from "../../api/useAsk.ts";
import type { WebhookDeliveryState } from "../../generated/schema.ts";
import { Empty } from "../../ui/feedback.tsx";
import { Filters } from "../../ui/filters.tsx";
import { orNull, useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { DeliveryList } from "./DeliveryList.tsx";
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
  const { id, state, type } = link.values;
  const pages = usePages(
    Deliveries,
    { state: orNull<WebhookDeliveryState>(state), type: orNull(type) },
    (answer) => answer.webhookDeliveries,
  );
  const [title, text] = EMPTY[state as keyof typeof EMPTY] ?? EMPTY[""];
  return (
    <Page
      title="Webhooks"
      purpose="What is told to the receiver of webhooks as it happens, and what did not arrive. It names no person."
      asked={pages}
    >
      <div className="stack">
        <Filters
          link={link}
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
        />
        <DeliveryList
          caption="Notifications"
          pages={pages}
          id={id}
          onOpen={(next) => link.set({ id: next })}
          empty={<Empty title={title}>{text}</Empty>}
        />
      </div>
    </Page>
  );
}
