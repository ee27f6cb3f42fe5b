import type { ReactNode } from "react";
import type { Pages } from "../../api/useAsk.ts";
import { List } from "../../ui/list.tsx";
import { Id } from "../../ui/names.tsx";
import { Split } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { DeliveryPanel, DeliveryState, typeWords } from "./DeliveryPanel.tsx";
import type { DeliveriesResult, Delivery } from "./webhooks.graphql.ts";

interface DeliveryListProps {
  readonly caption: string;
  readonly pages: Pages<Delivery, DeliveriesResult>;
  readonly id: string;
  readonly onOpen: (id: string) => void;
  readonly empty: ReactNode;
}

/** Notifications, with the one that is open. */
export function DeliveryList({ caption, empty, id, onOpen, pages }: DeliveryListProps) {
  const open = pages.rows.find((each) => each.id === id);
  return (
    <Split
      list={
        <List
          caption={caption}
          pages={pages}
          idOf={(each) => each.id}
          openId={id}
          onOpen={onOpen}
          empty={empty}
          columns={[
            { name: "What", isMain: true, cell: ({ type }) => typeWords(type) },
            { name: "When", cell: ({ at }) => <When at={at} /> },
            { name: "About", isMinor: true, cell: ({ subject }) => <Id id={subject} /> },
            { name: "Tries", isNumber: true, cell: ({ attempts }) => attempts },
            {
              name: "Last answer",
              cell: ({ attempts, lastError, lastStatus }) =>
                lastError === null ? (lastStatus ?? "") : `${lastStatus ?? (attempts > 0 ? "none" : "")} ${lastError}`,
            },
            { name: "State", cell: ({ state }) => <DeliveryState of={state} /> },
          ]}
        />
      }
      panel={open !== undefined && <DeliveryPanel key={id} delivery={open} onClose={() => onOpen("")} />}
    />
  );
}
