import { useState } from "react";
import { useAct, usePages } from "../../api/useAsk.ts";
import type { AlertFilter, AlertState, DetectorCode, Severity } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { DoneToday } from "../../ui/DoneToday.tsx";
import { Empty } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { type LinkShape, orNull, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { ActorName } from "../../ui/names.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { Day, When } from "../../ui/when.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { RANK_WORDS } from "../../ui/words.ts";
import { About } from "./About.tsx";
import { AlertPanel } from "./AlertPanel.tsx";
import { Alerts, EndQuiet, QuietPairs } from "./alerts.graphql.ts";
import { UNUSUAL_OPTIONS, unusualText, verdictText } from "./alertWords.ts";
import { type ClosedAlert, UndoVerdict } from "./UndoVerdict.tsx";
import "./watch.css";

const SHAPE = { id: "", why: "", state: "OPEN", severity: "", detector: "", client: "" } satisfies LinkShape;
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

const PAGE = { title: "Alerts", purpose: "What was unusual, and what came of it. What matters most stands first." };
interface OfLink {
  readonly link: ReturnType<typeof useLink<typeof SHAPE>>;
}

export default function AlertsPage() {
  const link = useLink(SHAPE);
  return link.values.state === "QUIET" ? <QuietAlerts link={link} /> : <AlertList link={link} />;
}

function AlertList({ link }: OfLink) {
  const { values } = link;
  const { id, state } = values;
  const filter: AlertFilter = {
    states: [state as AlertState],
    severity: orNull<Severity>(values.severity),
    detector: orNull<DetectorCode>(values.detector),
    clientId: orNull(values.client),
  };
  const pages = usePages(Alerts, { filter, first: 50 }, (answer) => answer.alerts);
  const { rows } = pages;
  const isWhole = values.severity === "" && values.detector === "" && values.client === "";
  const [undoable, setUndoable] = useState<ClosedAlert | null>(null);
  /** The next opens by itself, and what is closed leaves the list. */
  const closed = (alert: ClosedAlert) => {
    setUndoable(alert);
    const at = rows.findIndex((row) => row.id === id);
    link.set({ id: (rows[at + 1] ?? rows[at - 1])?.id ?? "" }, { replace: true });
  };
  return (
    <ListPage
      {...PAGE}
      link={link}
      filters={FILTERS}
      said={
        undoable !== null && (
          <UndoVerdict
            key={undoable.id}
            alert={undoable}
            onOver={() => setUndoable(null)}
            onUndone={(undone) => {
              setUndoable(null);
              link.set({ id: undone.id, state: undone.state });
            }}
          />
        )
      }
      pages={pages}
      idOf={(row) => row.id}
      opens={(next) => ({ id: next, why: "" })}
      empty={
        <Empty title={state === "OPEN" && isWhole ? "No alert waits" : "No such alert"}>
          {isWhole ? EMPTY[state] : "None in this state has what you look for."}
          {state === "OPEN" && <DoneToday kind="ALERT" />}
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
        state === "CLOSED"
          ? { name: "What came out", cell: (row) => row.verdict !== null && verdictText(row.verdict) }
          : { name: "Last", isSpare: true, cell: (row) => <When at={row.lastAt} /> },
      ]}
      panel={
        values.why !== "" ? (
          <WhyPanel decisionId={values.why} onClose={() => link.set({ why: "" })} />
        ) : (
          id !== "" && (
            <AlertPanel
              key={id}
              id={id}
              onOpen={(next) => link.set({ id: next }, { replace: true })}
              onWhy={(why) => link.set({ why })}
              onClose={() => link.set({ id: "" })}
              onClosed={closed}
            />
          )
        )
      }
    />
  );
}

const End = ({ id }: { readonly id: string }) => (
  <ReasonStep id={id} act={useAct(EndQuiet)} submit="Let it be heard again" />
);

/** Of whom nothing makes an alert for a while; whom it is about is seen at its alert. */
function QuietAlerts({ link }: OfLink) {
  const may = useMay();
  const pages = usePages(QuietPairs, { filter: { inForce: true }, first: 50 }, (answer) => answer.alertSuppressions);
  return (
    <ListPage
      {...PAGE}
      caption="What makes no alert for now"
      link={link}
      filters={FILTERS.slice(0, 1)}
      pages={pages}
      idOf={(row) => row.id}
      opens={(next) => ({ id: pages.rows.find((row) => row.id === next)?.alertId ?? "", state: "CLOSED" })}
      empty={
        <Empty title="Nothing is quiet">
          Whatever detectors find can make an alert. Who is quiet after a verdict is said at its alert.
        </Empty>
      }
      columns={[
        { name: "Whose", isMain: true, cell: () => "Whom this alert is about" },
        { name: "What", cell: (row) => (row.detector === null ? "Whatever is found" : unusualText(row.detector)) },
        { name: "Why", cell: (row) => row.reason },
        { name: "Until", cell: (row) => <Day at={row.until} /> },
        { name: "By", isMinor: true, cell: (row) => <ActorName actor={row.by} /> },
        ...(may("endAlertSuppression")
          ? [{ name: "Step", cell: (row: { readonly id: string }) => <End id={row.id} /> }]
          : []),
      ]}
      panel={null}
    />
  );
}
