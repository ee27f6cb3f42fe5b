import { useState } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import type { ReasonCode } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Share } from "../../ui/charts.tsx";
import { Reason } from "../../ui/codes.tsx";
import { Empty } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { type LinkShape, orNull, useLink } from "../../ui/link.ts";
import { allRows } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { DecisionBarsView } from "./DecisionBarsView.tsx";
import { DenialsPanel } from "./DenialsPanel.tsx";
import { Denials, DeniedDecisions } from "./denials.graphql.ts";
import { daysBefore, SINCE } from "./window.ts";
import "./watch.css";

const SHAPE = { row: "", id: "", since: "30", client: "" } satisfies LinkShape;
const FILTERS: readonly Filter[] = [
  { name: "since", label: "Since", kind: "segments", options: SINCE.filter(({ id }) => id !== "") },
  { name: "client", label: "Client", kind: "picker", search: findOptions("CLIENT"), placeholder: "any" },
];
/** A client's id has no line feed. */
const rowId = (key: readonly (string | null)[]): string => key.join("\n");

interface Row {
  readonly key: readonly (string | null)[];
  readonly denied: number | null;
  readonly previous: number | null;
}

/** Rows by the service's figures; for who sees single decisions of their own alone, counted from the newest of those. */
function useDenials(from: string, clientId: string | null) {
  const mayCount = useMay()("stats");
  const filter = { outcome: "DENY", clientId } as const;
  const counted = useAsk(Denials, { from, filter }, { when: mayCount });
  const own = usePages(DeniedDecisions, { filter: { ...filter, from }, first: 200 }, (answer) => answer.decisions, {
    when: !mayCount,
    enough: 1000,
  });
  if (mayCount) return { ...counted, mayCount, rows: counted.data?.stats.rows as readonly Row[] | undefined };
  const denied = new Map<string, number>();
  for (const { clientId, decisiveReason } of own.rows) {
    const key = rowId([clientId, decisiveReason]);
    denied.set(key, (denied.get(key) ?? 0) + 1);
  }
  const rows: readonly Row[] = [...denied]
    .map(([key, n]) => ({ key: key.split("\n"), denied: n, previous: null }))
    .sort((a, b) => b.denied - a.denied);
  return { ...own, mayCount, rows };
}

/** What was denied, by client and reason: whom to call, about what. */
export default function DenialsPage() {
  const link = useLink(SHAPE);
  const { values } = link;
  const [now] = useState(serviceNow);
  const from = daysBefore(now, Number(values.since));
  const clientId = orNull(values.client);
  const { mayCount, rows, ...asked } = useDenials(from, clientId);
  const most = Math.max(1, ...(rows ?? []).map((row) => row.denied ?? 0));
  const [client = "", reason = ""] = values.row.split("\n");
  const panel =
    values.id !== "" ? (
      <WhyPanel decisionId={values.id} onClose={() => link.set({ id: "" })} />
    ) : values.row !== "" ? (
      <DenialsPanel
        key={values.row}
        client={client}
        reason={reason as ReasonCode}
        from={from}
        onOpen={(id) => link.set({ id })}
        onClose={() => link.set({ row: "" })}
      />
    ) : null;
  return (
    <ListPage
      title="Denials"
      purpose="What was denied, by client and the reason that decided: each denial counts once. Open one to see what is behind it, and the way on."
      link={link}
      filters={mayCount ? FILTERS : FILTERS.slice(0, 1)}
      caption="Denials by client and reason"
      pages={allRows(rows, asked)}
      idOf={({ key }) => rowId(key)}
      openId={values.row}
      opens={(row) => ({ row, id: "" })}
      empty={
        <Empty title="Nothing was denied">Every access in this time was allowed. A longer time may show more.</Empty>
      }
      columns={[
        { name: "Client", isMain: true, cell: ({ key }) => key[0] ?? "not said" },
        { name: "Reason", cell: ({ key }) => <Reason of={key[1] ?? ""} /> },
        { name: "Denied", isNumber: true, cell: ({ denied }) => (denied ?? 0).toLocaleString("en-US") },
        { name: "", isMinor: true, cell: ({ denied }) => <Share of={denied ?? 0} most={most} tone="DENY" /> },
        ...(mayCount
          ? [
              {
                name: "The time before",
                isNumber: true,
                isMinor: true,
                cell: ({ previous }: Row) => previous?.toLocaleString("en-US") ?? "",
              },
            ]
          : []),
      ]}
      panel={panel}
      above={mayCount && <DecisionBarsView from={from} to={null} filter={{ outcome: "DENY", clientId }} />}
    />
  );
}
