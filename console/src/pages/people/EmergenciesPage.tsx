import { useAsk, usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Empty } from "../../ui/feedback.tsx";
import { useLink } from "../../ui/link.ts";
import type { Column } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { Id, SubjectName } from "../../ui/names.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { EmergencyPanel } from "./EmergencyPanel.tsx";
import { EmergencyState } from "./EmergencyState.tsx";
import { Emergencies, type EmergencyRow, LiveEmergencies } from "./emergencies.graphql.ts";
import { OpenEmergencyForm } from "./OpenEmergencyForm.tsx";
import "./people.css";

const LINK = { state: "WAITING", id: "", new: "" };
const STATES = [
  { id: "WAITING", name: "To review" },
  { id: "REVIEWED", name: "Reviewed" },
];

const COLUMNS: readonly Column<EmergencyRow>[] = [
  {
    name: "Person",
    isMain: true,
    cell: ({ subjectId, subjectType }) => <SubjectName subject={{ id: subjectId, type: subjectType }} />,
  },
  { name: "Patient", cell: ({ patient }) => <Id id={patient} /> },
  {
    name: "Why it was opened",
    cell: ({ organization, reason }) => (
      <>
        {reason} <span className="people-beside">{organization}</span>
      </>
    ),
  },
  { name: "Opened", cell: ({ at }) => <When at={at} /> },
  { name: "Review", cell: (row) => <EmergencyState of={row} /> },
];

/** Glass that was broken: what is open now, and what waits for somebody to say whether it was justified. */
export default function EmergenciesPage() {
  const link = useLink(LINK);
  const { id, state } = link.values;
  const isWaiting = state !== "REVIEWED";
  const live = useAsk(LiveEmergencies, {}, { when: isWaiting });
  const pages = usePages(
    Emergencies,
    { states: [isWaiting ? "AWAITING_REVIEW" : "REVIEWED"], orderBy: isWaiting ? "DUE" : "NEWEST", first: 50 },
    (answer) => answer.breakGlasses,
  );
  const open = isWaiting ? (live.data?.breakGlasses.edges.map(({ node }) => node) ?? []) : [];
  const rows = [...open, ...pages.rows];
  const next = () => {
    const at = rows.findIndex((row) => row.id === id);
    const waits = (row: EmergencyRow | undefined) => row?.state === "AWAITING_REVIEW" && row.id !== id;
    link.set({ id: (rows.slice(at + 1).find(waits) ?? rows.find(waits))?.id ?? "" }, { replace: true });
  };
  const mayOpen = useMay()("breakGlass");
  const waiting = pages.totalCount ?? 0;
  return (
    <ListPage
      title="Emergencies"
      purpose={
        isWaiting && pages.asOf !== null
          ? `${open.length === 0 ? "None is open now" : `${count(open.length, "is", "are")} open now`}; ${waiting === 1 ? "1 waits" : `${waiting} wait`} for a review, the longest due first.`
          : "Access that was opened because somebody was in danger. Somebody else says whether it was justified."
      }
      begin={
        mayOpen && {
          label: "Open an emergency",
          look: "danger",
          k: "o",
          form: (close) => (
            <OpenEmergencyForm
              onClose={close}
              onOpened={(opened) => link.set({ state: "WAITING", id: opened, new: "" }, { replace: true })}
            />
          ),
        }
      }
      link={link}
      filters={[{ name: "state", label: "Show", kind: "segments", options: STATES }]}
      pages={{ ...pages, rows }}
      idOf={(row) => row.id}
      columns={COLUMNS}
      empty={
        isWaiting ? (
          <Empty title="No emergency is open, and none waits for a review">
            {mayOpen
              ? "Those are looked at that you opened."
              : "All organizations were looked at. Emergencies are opened by the system at which people work, such as a portal, and end by themselves."}
          </Empty>
        ) : (
          <Empty title="None was reviewed yet">Those that wait stand under “To review”.</Empty>
        )
      }
      panel={id !== "" && <EmergencyPanel key={id} id={id} onClose={() => link.set({ id: "" })} onReviewed={next} />}
    />
  );
}
