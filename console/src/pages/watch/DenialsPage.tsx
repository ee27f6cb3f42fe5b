import { useState } from "react";
import { useAsk } from "../../api/useAsk.ts";
import type { ReasonCode } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { Share } from "../../ui/charts.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { type Filter, Filters } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { type LinkShape, useLink } from "../../ui/link.ts";
import { allRows, List } from "../../ui/list.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { words } from "../../ui/words.ts";
import { DecisionBarsView } from "./DecisionBarsView.tsx";
import { DenialsPanel } from "./DenialsPanel.tsx";
import { Denials } from "./denials.graphql.ts";
import { daysBefore, SINCE } from "./window.ts";
import "./watch.css";

const SHAPE = { row: "", id: "", since: "30", client: "" } satisfies LinkShape;
const FILTERS: readonly Filter[] = [
  { name: "since", label: "Since", kind: "segments", options: SINCE.filter(({ id }) => id !== "") },
  { name: "client", label: "Client", kind: "picker", search: findOptions("CLIENT"), placeholder: "any" },
];
/** A client's id has no line feed. */
const rowId = (key: readonly (string | null)[]): string => key.join("\n");

/** What was denied, by client and reason: whom to call, about what. */
export default function DenialsPage() {
  const link = useLink(SHAPE);
  const { values } = link;
  const [now] = useState(serviceNow);
  const from = daysBefore(now, Number(values.since));
  const filter = { outcome: "DENY", clientId: values.client === "" ? null : values.client } as const;
  const asked = useAsk(Denials, { from, filter });
  const stats = asked.data?.stats;
  const most = Math.max(1, ...(stats?.rows ?? []).map((row) => row.denied ?? 0));
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
        onOpen={(id) => link.set({ id }, { push: true })}
        onClose={() => link.set({ row: "" })}
      />
    ) : null;
  return (
    <Page title="Denials" purpose="What was denied, by client and reason: most first. Open one to see the requests behind it, and why." asked={asked}>
      <div className="stack">
        <Filters link={link} shape={SHAPE} filters={FILTERS} />
        <DecisionBarsView from={from} to={null} filter={filter} />
        <Split
          list={
            <List
              caption="Denials by client and reason"
              pages={allRows(stats?.rows, asked)}
              idOf={({ key }) => rowId(key)}
              openId={values.row}
              onOpen={(row) => link.set({ row, id: "" })}
              empty={<Empty title="Nothing was denied">Every access in this time was allowed. A longer time may show more.</Empty>}
              columns={[
                { name: "Client", isMain: true, cell: ({ key }) => key[0] ?? "not said" },
                { name: "Reason", cell: ({ key }) => words(key[1] ?? "") },
                { name: "Denied", isNumber: true, cell: ({ denied }) => (denied ?? 0).toLocaleString("en-US") },
                { name: "", isMinor: true, cell: ({ denied }) => <Share of={denied ?? 0} most={most} tone="DENY" /> },
                { name: "The time before", isNumber: true, isMinor: true, cell: ({ previous }) => previous?.toLocaleString("en-US") ?? "" },
              ]}
            />
          }
          panel={panel}
        />
      </div>
    </Page>
  );
}
