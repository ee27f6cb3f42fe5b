import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import type { AlertFilter, AlertState, DetectorCode, Severity } from "../../generated/schema.ts";
import { DoneToday } from "../../ui/DoneToday.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { type Filter, Filters } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { type LinkShape, orNull, useLink } from "../../ui/link.ts";
import { List } from "../../ui/list.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { RANK_WORDS } from "../../ui/words.ts";
import { About } from "./About.tsx";
import { AlertPanel } from "./AlertPanel.tsx";
import { Alerts } from "./alerts.graphql.ts";
import { UNUSUAL_OPTIONS, verdictText } from "./alertWords.ts";
import { QuietPairsList } from "./QuietPairsList.tsx";
import { type ClosedAlert, UndoVerdict } from "./UndoVerdict.tsx";
import "./watch.css";

const SHAPE = { id: "", state: "OPEN", severity: "", detector: "", client: "" } satisfies LinkShape;
const FILTERS: readonly Filter[] = [
  {
    name: "state",
    label: "State",
    kind: "segments",
    options: [
      { id: "OPEN", name: "Open" },
      { id: "ACKNOWLEDGED", name: "In hand" },
      { id: "CLOSED", name: "Closed" },
      { id: "QUIET", name: "Quiet" },
    ],
  },
  {
    name: "detector",
    label: "What is unusual",
    kind: "select",
    options: [{ id: "", name: "Anything" }, ...UNUSUAL_OPTIONS],
  },
  {
    name: "severity",
    label: "Severity",
    kind: "select",
    options: ["", "HIGH", "MEDIUM", "LOW", "INFO"].map((id) => ({
      id,
      name: id === "" ? "Any" : id.charAt(0) + id.slice(1).toLowerCase(),
    })),
  },
  { name: "client", label: "Client", kind: "picker", search: findOptions("CLIENT"), placeholder: "any" },
];

const EMPTY: Readonly<Record<string, string>> = {
  OPEN: "Nothing that was found waits for somebody to look. What detectors watch for is under Detectors.",
  ACKNOWLEDGED: "Nobody has said that they look into one.",
  CLOSED: "No verdict was given yet.",
};

export default function AlertsPage() {
  const link = useLink(SHAPE);
  const { values } = link;
  const isQuiet = values.state === "QUIET";
  const filter: AlertFilter = {
    states: [values.state as AlertState],
    severity: orNull<Severity>(values.severity),
    detector: orNull<DetectorCode>(values.detector),
    clientId: orNull(values.client),
  };
  const pages = usePages(Alerts, { filter, first: 50 }, (answer) => answer.alerts, { when: !isQuiet });
  const { rows } = pages;
  const isWhole = values.severity === "" && values.detector === "" && values.client === "";
  const [undoable, setUndoable] = useState<ClosedAlert | null>(null);
  /** The next opens by itself, and what is closed leaves the list. */
  const closed = (id: string, alert: ClosedAlert) => {
    setUndoable(alert);
    const at = rows.findIndex((row) => row.id === id);
    link.set({ id: (rows[at + 1] ?? rows[at - 1])?.id ?? "" }, { replace: true });
  };
  return (
    <Page
      title="Alerts"
      purpose="What was unusual, and what came of it. What matters most stands first."
      {...(!isQuiet && { asked: pages })}
    >
      <div className="stack">
        <Filters link={link} filters={isQuiet ? FILTERS.slice(0, 1) : FILTERS} />
        {undoable !== null && (
          <UndoVerdict
            key={undoable.id}
            alert={undoable}
            onOver={() => setUndoable(null)}
            onUndone={({ id, state }) => {
              setUndoable(null);
              link.set({ id, state });
            }}
          />
        )}
        {isQuiet ? (
          <QuietPairsList onOpen={(id) => link.set({ id, state: "CLOSED" })} />
        ) : (
          <Split
            list={
              <List
                caption="Alerts"
                pages={pages}
                idOf={({ id }) => id}
                openId={values.id}
                onOpen={(id) => link.set({ id })}
                empty={
                  <Empty title={values.state === "OPEN" && isWhole ? "No alert waits" : "No such alert"}>
                    {isWhole ? EMPTY[values.state] : "None in this state has what you look for."}
                    {values.state === "OPEN" && <DoneToday kind="ALERT" />}
                  </Empty>
                }
                columns={[
                  {
                    name: "What is unusual",
                    isMain: true,
                    cell: (row) => (
                      <>
                        {row.title}
                        {row.partOfId === null && row.state !== "CLOSED" && (
                          <span className={row.rank === "SENSITIVE_UNEXPLAINED" ? "watch-first" : "kind"}>
                            {RANK_WORDS[row.rank]}
                          </span>
                        )}
                      </>
                    ),
                  },
                  { name: "About", cell: (row) => <About of={row} /> },
                  { name: "Severity", cell: (row) => <SeverityMark of={row.severity} /> },
                  values.state === "CLOSED"
                    ? { name: "What came out", cell: (row) => row.verdict !== null && verdictText(row.verdict) }
                    : { name: "Last", cell: (row) => <When at={row.lastAt} /> },
                ]}
              />
            }
            panel={
              values.id !== "" && (
                <AlertPanel
                  key={values.id}
                  id={values.id}
                  onOpen={(id) => link.set({ id }, { replace: values.id !== "" })}
                  onClose={() => link.set({ id: "" })}
                  onClosed={(alert) => closed(values.id, alert)}
                />
              )
            }
          />
        )}
      </div>
    </Page>
  );
}
