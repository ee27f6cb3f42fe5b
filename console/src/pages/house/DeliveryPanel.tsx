import { useAct } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Chip } from "../../ui/marks.tsx";
import { Id } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { type Delivery, RetryDelivery } from "./webhooks.graphql.ts";

const LOOKS = { PENDING: ["wait", "On its way"], DELIVERED: ["good", "Delivered"], DEAD: ["bad", "Given up"] } as const;
export function DeliveryState({ of }: { readonly of: Delivery["state"] }) {
  const [tone, text] = LOOKS[of];
  return <Chip tone={tone}>{text}</Chip>;
}

/** `scopewarden.access_request.requested` as people read it: "Access request requested". */
export function typeWords(type: string): string {
  const text = type.replace(/^scopewarden\./, "").replaceAll(/[._]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One notification: what was sent, why it did not arrive, and another try. */
export function DeliveryPanel({ delivery, onClose }: { readonly delivery: Delivery; readonly onClose: () => void }) {
  const may = useMay();
  const retry = useAct(RetryDelivery);
  const { at, attempts, body, endedAt, id, lastAttemptAt, lastError, lastStatus, nextAttemptAt, state, subject, type } =
    delivery;
  return (
    <Panel label="Notification" title={typeWords(type)} above={<DeliveryState of={state} />} onClose={onClose}>
      <Facts
        of={{
          Happened: <When at={at} />,
          About: <Id id={subject} />,
          Tried:
            attempts === 0 ? (
              "not yet"
            ) : (
              <>
                {attempts} {attempts === 1 ? "time" : "times"}, last <When at={lastAttemptAt} />
              </>
            ),
          "Last answer": lastStatus ?? (attempts > 0 && "none"),
          "Went wrong": lastError,
          "Next try": nextAttemptAt !== null && fromNow(nextAttemptAt),
          Ended: endedAt !== null && <When at={endedAt} />,
        }}
      />
      {may("retryWebhookDelivery") && state !== "DELIVERED" && (
        <ReasonStep key={id} id={id} act={retry} submit="Send it again" look="primary" k="s" />
      )}
      <Section title="What is sent">
        <pre className="code-block">{JSON.stringify(body, null, 2)}</pre>
      </Section>
    </Panel>
  );
}
