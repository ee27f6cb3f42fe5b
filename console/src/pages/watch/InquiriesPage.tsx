import { usePages } from "../../api/useAsk.ts";
import type { InquiryState } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Empty } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { HIDDEN, type LinkShape, orNull, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { SubjectName } from "../../ui/names.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { InquiryPanel } from "./InquiryPanel.tsx";
import { Inquiries } from "./inquiries.graphql.ts";
import { REASONS } from "./inquiryWords.ts";
import "./watch.css";

const SHAPE = { id: "", state: "OPEN", subject: HIDDEN } satisfies LinkShape;
const STATES: Filter = {
  name: "state",
  label: "State",
  kind: "segments",
  options: [
    { id: "OPEN", name: "Open" },
    { id: "ANSWERED", name: "Answered" },
    { id: "", name: "All" },
  ],
};

/** Questions to people about accesses that looked unusual: one's own to answer; all of them for who judges alerts. */
export default function InquiriesPage() {
  const link = useLink(SHAPE);
  const { values } = link;
  const judges = useMay()("alerts");
  const isService = useViewer().roles.includes("SERVICE") && !judges;
  const filter = {
    states: values.state === "" ? null : [values.state as InquiryState],
    subjectId: orNull(values.subject),
  };
  const pages = usePages(Inquiries, { filter, first: 50 }, (answer) => answer.inquiries, {
    when: !isService || values.subject !== "",
  });
  const purpose = judges
    ? "What people were asked about their accesses, and what they say. It is evidence, and closes nothing."
    : isService
      ? "What a person is asked about accesses that went through your client."
      : "What you are asked about your accesses. Only you can answer, once.";
  return (
    <ListPage
      title="Questions to people"
      purpose={purpose}
      link={link}
      filters={isService ? [STATES, { name: "subject", label: "Person", kind: "text", placeholder: "id" }] : [STATES]}
      pages={pages}
      idOf={({ id }) => id}
      empty={
        <Empty title={values.state === "OPEN" ? "No question waits for an answer" : "None"}>
          {judges
            ? "Whoever judges an alert can ask the person whom it is about, at the alert."
            : "Nobody has asked you about an access."}
        </Empty>
      }
      columns={[
        {
          name: "Asked",
          isMain: true,
          cell: (row) => <SubjectName subject={{ id: row.subjectId, type: row.subjectType }} />,
        },
        { name: "State", cell: (row) => <StateChip state={row.state} /> },
        { name: "Answer", cell: (row) => row.reasonCode !== null && REASONS[row.reasonCode] },
        { name: "On", isMinor: true, cell: (row) => <When at={row.at} /> },
        {
          name: "To answer",
          cell: (row) => row.state === "OPEN" && <span title={row.until}>{fromNow(row.until)}</span>,
        },
      ]}
      instead={
        isService &&
        values.subject === "" && <Empty title="Whom is it about?">Type the id of the person whom you speak for.</Empty>
      }
      panel={
        values.id !== "" && (
          <InquiryPanel key={values.id} id={values.id} isService={isService} onClose={() => link.set({ id: "" })} />
        )
      }
    />
  );
}
