import { usePages } from "../../api/useAsk.ts";
import type { AccessRequestState } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Empty } from "../../ui/feedback.tsx";
import { useLink } from "../../ui/link.ts";
import type { Column } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { ActorName, ClientName, SubjectName } from "../../ui/names.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { AccessRequestPanel } from "./AccessRequestPanel.tsx";
import { Asked, minutesText } from "./accessRequestCells.tsx";
import { AccessRequests, type RequestRow } from "./accessRequests.graphql.ts";
import { RequestAccessForm } from "./RequestAccessForm.tsx";
import "./people.css";

const LINK = { state: "OPEN", id: "", new: "" };
const STATES: Readonly<Record<string, readonly AccessRequestState[]>> = {
  OPEN: ["OPEN"],
  APPROVED: ["APPROVED"],
  OVER: ["REFUSED", "RETURNED", "EXPIRED"],
};

const COLUMNS: readonly Column<RequestRow>[] = [
  {
    name: "For whom",
    isMain: true,
    cell: (row) =>
      row.subjectId === null ? (
        <ClientName client={row.client} id={row.clientId} />
      ) : (
        <SubjectName subject={{ id: row.subjectId, type: row.subjectType }} />
      ),
  },
  {
    name: "What",
    cell: (row) => (
      <>
        <Asked of={row} /> for {minutesText(row.minutes)}
        <span className="people-beside">{row.reason}</span>
      </>
    ),
  },
  { name: "Asked by", isMinor: true, cell: ({ by }) => <ActorName actor={by} /> },
  { name: "Asked", cell: ({ at }) => <When at={at} /> },
  {
    name: "Stands",
    cell: ({ state, until }) => (
      <>
        <StateChip state={state} />
        {until !== null && (state === "OPEN" || state === "APPROVED") && (
          <span className="people-beside">
            {state === "OPEN" ? "lapses" : "ends"} {fromNow(until)}
          </span>
        )}
      </>
    ),
  },
];

/** Access for a while: who asks for what, and what became of it. */
export default function AccessRequestsPage() {
  const link = useLink(LINK);
  const { id, state } = link.values;
  const pages = usePages(
    AccessRequests,
    { states: STATES[state] ?? ["OPEN"], orderBy: state === "OVER" ? "NEWEST" : "DUE", first: 50 },
    (answer) => answer.accessRequests,
  );
  const mayDecide = useMay()("decideAccessRequest");
  const next = () => {
    const at = pages.rows.findIndex((row) => row.id === id);
    const others = [...pages.rows.slice(at + 1), ...pages.rows.slice(0, Math.max(0, at))].filter(
      (row) => row.id !== id,
    );
    link.set({ id: (state === "OPEN" ? others[0]?.id : id) ?? "" }, { replace: true });
  };
  return (
    <ListPage
      title="Access requests"
      purpose="Access for an afternoon or a night: somebody asks, somebody else agrees, and it ends by itself."
      begin={{
        label: "Ask for access",
        look: "primary",
        form: (close) => (
          <RequestAccessForm
            onClose={close}
            onAsked={(asked) => link.set({ state: "OPEN", id: asked, new: "" }, { replace: true })}
          />
        ),
      }}
      link={link}
      filters={[
        {
          name: "state",
          label: "Show",
          kind: "segments",
          options: [
            { id: "OPEN", name: "Waiting" },
            { id: "APPROVED", name: "Held now" },
            { id: "OVER", name: "Over" },
          ],
        },
      ]}
      pages={pages}
      idOf={(row) => row.id}
      columns={COLUMNS}
      empty={
        state === "OPEN" ? (
          <Empty title="No request waits for an answer">
            {mayDecide
              ? "All that were asked for are answered, or have lapsed after seven days."
              : "Whoever misses a role for an afternoon asks for it here, or in the portal at which they work."}
          </Empty>
        ) : state === "APPROVED" ? (
          <Empty title="Nobody holds access for a while">What is held for good stands under “Roles and rules”.</Empty>
        ) : (
          <Empty title="None is over yet">Refused, given back and ended ones stand here.</Empty>
        )
      }
      panel={id !== "" && <AccessRequestPanel key={id} id={id} onClose={() => link.set({ id: "" })} onDone={next} />}
    />
  );
}
