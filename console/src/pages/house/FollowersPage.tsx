import { Link } from "@tanstack/react-router";
import { usePages } from "../../api/useAsk.ts";
import { Empty } from "../../ui/feedback.tsx";
import { useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { Facts } from "../../ui/panel.tsx";
import { deliveryList } from "./deliveryList.tsx";
import "./house.css";
import { Deliveries } from "./webhooks.graphql.ts";

const SHAPE = { id: "" } as const;
const UNDELIVERED = "scopewarden.sink.undelivered";

/** What sinks could not deliver; and where the rest of them is seen. */
export default function FollowersPage() {
  const link = useLink(SHAPE);
  const pages = usePages(Deliveries, { state: "DEAD", type: UNDELIVERED }, (answer) => answer.webhookDeliveries);
  return (
    <ListPage
      title="Sinks and followers"
      purpose="What follows the record: the sinks that feed a SIEM, and what watches, counts and searches."
      caption="What sinks put aside"
      {...deliveryList(link, pages)}
      empty={
        <Empty title="No sink has put anything aside">
          What a receiver refuses again and again is put aside, told here, and sent anew when you say so. What receivers
          of notifications refuse is under <Link to="/webhooks">Webhooks</Link>.
        </Empty>
      }
    >
      <section className="card pad stack" aria-label="Where the rest is seen">
        <h2>How far each has come</h2>
        <p>The service tells that to what collects its metrics, at /metrics, and in its log:</p>
        <Facts
          of={{
            scopewarden_sink_lag: "how many acts a sink has not told yet; it grows while its receiver is down",
            scopewarden_sink_dead: "how many it has put aside: those above",
            scopewarden_webhook_dead: "how many notifications were given up: the page Webhooks",
            scopewarden_checkpoint_age_seconds: "age of the newest checkpoint",
            scopewarden_retention_age_seconds: "time since nothing was left to erase",
          }}
        />
      </section>
    </ListPage>
  );
}
