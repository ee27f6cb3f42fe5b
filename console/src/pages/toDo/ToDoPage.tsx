import { Link, useNavigate } from "@tanstack/react-router";
import { useAsk } from "../../api/useAsk.ts";
import type { CaseKind } from "../../generated/schema.ts";
import { hide } from "../../session/hidden.ts";
import { useMay } from "../../session/useSession.ts";
import { useBegun } from "../../ui/begun.ts";
import { DoneToday } from "../../ui/DoneToday.tsx";
import { Empty, Failed, Loading, Note } from "../../ui/feedback.tsx";
import { Page } from "../../ui/page.tsx";
import { PatientField } from "../../ui/people/PatientField.tsx";
import { dueWords } from "../../ui/when.tsx";
import { count, kindWords } from "../../ui/words.ts";
import { Beside } from "./Beside.tsx";
import { Waiting, type WaitingResult } from "./toDo.graphql.ts";
import { WaitingGroup } from "./WaitingGroup.tsx";
import { Ways } from "./Ways.tsx";
import "./toDo.css";

type Case = WaitingResult["inbox"]["cases"][number];

/** The cases by their kind, in the order of the first of each, which is that of the inbox: due, then severe, then old. */
function byKind(cases: readonly Case[]): readonly (readonly [CaseKind, readonly Case[]])[] {
  const kinds = new Map<CaseKind, Case[]>();
  for (const one of cases) kinds.set(one.kind, [...(kinds.get(one.kind) ?? []), one]);
  return [...kinds];
}

function purpose(inbox: WaitingResult["inbox"] | undefined): string {
  if (inbox === undefined) return "What waits for you.";
  const overdue = inbox.cases.filter(({ due }) => due !== null && dueWords(due).startsWith("overdue")).length;
  if (inbox.totalCount === 0) return "Nothing waits for you now.";
  const waiting = count(inbox.totalCount, "case waits", "cases wait");
  const isExact = inbox.totalCount === inbox.cases.length;
  return `${isExact ? waiting : `At most ${waiting}`} for you${overdue > 0 ? `; ${overdue === 1 ? "1 is" : `${overdue} are`} overdue` : ""}. What is due stands first.`;
}

/** Where work begins: what waits for me, and what I look at each day. */
export default function ToDoPage() {
  const asked = useAsk(Waiting, {});
  const inbox = asked.data?.inbox;
  const { isBegun } = useBegun();
  const may = useMay();
  const navigate = useNavigate();
  return (
    <Page title="To do" purpose={purpose(inbox)} asked={asked}>
      {isBegun === false && (
        <Note tone="warn">
          Nothing can be allowed yet: the policy has no client or no rule.{" "}
          <Link to="/first-steps">Take the first steps</Link>.
        </Note>
      )}
      {inbox !== undefined && inbox.more.length > 0 && (
        <Note tone="warn">
          More than 1,000 cases wait of each of these kinds, and their own pages list all of them:{" "}
          {inbox.more.map(kindWords).join(", ")}.
        </Note>
      )}
      <div className="todo">
        <div className="stack">
          {may("recordConsent") && (
            <section className="card pad">
              <h2>A patient is here</h2>
              <PatientField
                patient=""
                onPatient={(patient) => void navigate({ to: "/patient", search: { patient: hide(patient) } as never })}
                isUnknown={false}
                act="Open"
              />
            </section>
          )}
          {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
          {asked.isPending && (
            <div className="card">
              <Loading />
            </div>
          )}
          {byKind(inbox?.cases ?? []).map(([kind, cases]) => (
            <WaitingGroup key={kind} kind={kind} cases={cases} />
          ))}
          {inbox?.cases.length === 0 && (
            <div className="card">
              <Empty title="Nothing waits for you">
                Every case that you may work is done, or is somebody else's to do.
                <DoneToday />
              </Empty>
              <Ways />
            </div>
          )}
        </div>
        <Beside when={!asked.isPending} />
      </div>
    </Page>
  );
}
