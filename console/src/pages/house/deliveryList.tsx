import type { Pages } from "../../api/useAsk.ts";
import type { LinkState } from "../../ui/link.ts";
import type { Column } from "../../ui/list.tsx";
import { Id } from "../../ui/names.tsx";
import { When } from "../../ui/when.tsx";
import { DeliveryPanel, DeliveryState, typeWords } from "./DeliveryPanel.tsx";
import type { DeliveriesResult, Delivery } from "./webhooks.graphql.ts";

const COLUMNS: readonly Column<Delivery>[] = [
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
];

/** A page of notifications, with the one that is open. */
export function deliveryList<S extends { readonly id: string }>(
  link: LinkState<S>,
  pages: Pages<Delivery, DeliveriesResult>,
) {
  const open = pages.rows.find(({ id }) => id === link.values.id);
  const close = () => link.set({ id: "" } as never);
  return {
    ...{ link, pages, columns: COLUMNS },
    idOf: ({ id }: Delivery) => id,
    panel: open !== undefined && <DeliveryPanel key={open.id} delivery={open} onClose={close} />,
  };
}
