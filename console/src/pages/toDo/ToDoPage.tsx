import { Link } from "@tanstack/react-router";
import { useAsk } from "../../api/useAsk.ts";
import { Empty, Note } from "../../ui/feedback.tsx";
import { allRows, List } from "../../ui/list.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { ClientName, PatientName, SubjectName } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { count, kindWords } from "../../ui/words.ts";
import { caseLink } from "../caseLinks.ts";
import { useBegun } from "../policy/firstSteps/begun.ts";
import { Waiting } from "./toDo.graphql.ts";

/** What waits for me: whatever has a step that I may take now. */
export default function ToDoPage() {
  const asked = useAsk(Waiting, {});
  const inbox = asked.data?.inbox;
  const { isBegun } = useBegun();
  return (
    <Page title="To do" purpose="What waits for you: due first, then severe, then old." asked={asked}>
      {isBegun === false && (
        <Note tone="warn">
          Nothing can be allowed yet: the policy has no client or no rule. <Link to="/first-steps">Take the first steps</Link>.
        </Note>
      )}
      {inbox !== undefined && inbox.more.length > 0 && <Note>More wait than are shown: {inbox.more.map(kindWords).join(", ")}.</Note>}
      <div className="card">
        <List
          caption="What waits for you"
          pages={allRows(inbox?.cases, asked)}
          idOf={({ kind, id }) => `${kind} ${id}`}
          empty={<Empty title="Nothing waits for you">Every case that you may work is done, or is somebody else's to do.</Empty>}
          columns={[
            {
              name: "What",
              isMain: true,
              cell: (row) => {
                const link = caseLink(row.kind, row.id);
                const text = row.count > 1 ? `${row.title} (${count(row.count, "case")})` : row.title;
                return (
                  <>
                    <span className="kind">{kindWords(row.kind)}</span>
                    {link === null ? text : <Link {...link}>{text}</Link>}
                  </>
                );
              },
            },
            {
              name: "About",
              cell: (row) => (
                <span className="about">
                  <SubjectName subject={row.subject} />
                  <PatientName id={row.patient} />
                  <ClientName client={row.client} />
                </span>
              ),
            },
            { name: "Severity", cell: (row) => row.severity !== null && <SeverityMark of={row.severity} /> },
            { name: "Since", isMinor: true, cell: (row) => <When at={row.since} /> },
            { name: "Due", cell: (row) => row.due !== null && <span title={row.due}>{fromNow(row.due)}</span> },
          ]}
        />
      </div>
    </Page>
  );
}
