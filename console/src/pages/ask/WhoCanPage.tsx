import "./ask.css";
import { usePages } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { purposeName } from "../../ui/codeWords.ts";
import { Empty, Failed, Note } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { HIDDEN, orNull, useLink } from "../../ui/link.ts";
import { allRows, type Column } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { Id } from "../../ui/names.tsx";
import { useBlocked } from "../../ui/people/blocked.tsx";
import { CHANGE, changeOf, changeValues } from "../../ui/policyChange/changeLink.ts";
import { policyOptions } from "../../ui/policyChange/policyOptions.ts";
import { Day } from "../../ui/when.tsx";
import { count, isPseudonym } from "../../ui/words.ts";
import { CHANGE_WORDS, noonOf } from "./accessWords.tsx";
import { PatientQuestion } from "./PatientQuestion.tsx";
import { RolePanel } from "./RolePanel.tsx";
import { Trying } from "./Trying.tsx";
import { useWhole } from "./useWhole.ts";
import { PatientReached, PeopleReaching, type PersonRow } from "./whoCan.graphql.ts";
import { peopleWords, type RoleGroup, whoSees } from "./whoSees.ts";

const SHAPE = { patient: HIDDEN, day: "", type: "", action: "", client: "", role: "", ...CHANGE } as const;
const FIRST = 200;
const ACTIONS = [
  { id: "", name: "Anything" },
  ...["read", "search", "create", "update", "delete"].map((id) => ({
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
  })),
];
const FILTERS: readonly Filter[] = [
  { name: "patient", label: "Patient", kind: "text", placeholder: "The patient's id" },
  { name: "day", label: "At noon of", kind: "day" },
  { name: "type", label: "Type of data", kind: "text", placeholder: "Any, or Observation" },
  { name: "action", label: "To do what", kind: "select", options: ACTIONS },
  { name: "client", label: "By way of", kind: "picker", search: policyOptions("CLIENT"), placeholder: "Any client" },
];
/** Somebody by whichever role lets them in the most. */
const personOf = ({ by }: PersonRow) =>
  ({ access: by.some(({ access }) => access === "ALLOW") ? "ALLOW" : "CONDITIONAL" }) as const;
/** Of the link: which row is open. An empty key would be none. */
const ITSELF = "client";

const rowId = ({ key }: RoleGroup): string => (key === "" ? ITSELF : `role:${key}`);
const nameOf = ({ key }: Pick<RoleGroup, "key">) =>
  key === "" ? "Clients by themselves" : key === "*" ? "Everybody" : key;
const purposeWords = (purposes: readonly string[]): string =>
  purposes.includes("any") ? "any purpose" : few(purposes.map(purposeName), 2);
const few = (list: readonly string[], n = 4): string =>
  [...list.slice(0, n), ...(list.length > n ? [`${list.length - n} more`] : [])].join(", ");
const typeWords = (types: readonly string[]): string =>
  few(
    types.map((type) => (type === "*" ? "every type" : type)),
    3,
  );

const COLUMNS: readonly Column<RoleGroup>[] = [
  {
    name: "Who",
    isMain: true,
    cell: (group) =>
      group.key === "" || group.key === "*" ? nameOf(group) : <code className="ask-whole">{group.key}</code>,
  },
  {
    name: "People",
    isNumber: true,
    cell: ({ key, people }) => (key === "" ? <span className="muted">no person</span> : peopleWords(people)),
  },
  {
    name: "Access",
    cell: ({ access, change }) => (
      <>
        <OutcomeMark of={access} />
        {change !== null && <span className={`ask-change ${change}`}> {CHANGE_WORDS[change]}</span>}
      </>
    ),
  },
  {
    name: "What",
    cell: ({ types, actions }) => (
      <>
        {typeWords(types)} <span className="muted small">{few(actions)}</span>
      </>
    ),
  },
];
// Beside the panel, which has them, there is no room.
const MORE_COLUMNS: readonly Column<RoleGroup>[] = [
  {
    name: "By way of",
    isMinor: true,
    cell: ({ clients }) =>
      few(
        clients.map(({ name }) => name),
        3,
      ),
  },
  { name: "For", isMinor: true, cell: ({ purposes }) => purposeWords(purposes) },
];

/** What stands apart from who sees the patient's data: roles that nobody holds for it, and what is nobody's data. */
const Apart = ({
  nobody,
  beside,
}: {
  readonly nobody: readonly RoleGroup[];
  readonly beside: readonly RoleGroup[];
}) => (
  <>
    {nobody.length > 0 && (
      <Note>
        Rules are there for {nobody.map(nameOf).join(", ")}, too. Nobody who holds {nobody.length === 1 ? "it" : "them"}{" "}
        reaches this patient's data.
      </Note>
    )}
    {beside.length > 0 && (
      <details className="card pad">
        <summary>No data of this patient ({beside.length})</summary>
        <ul>
          {beside.map((group) => (
            <li key={group.key}>
              {nameOf(group)}: {typeWords(group.types)} <span className="muted small">{few(group.actions)}</span>
            </li>
          ))}
        </ul>
      </details>
    )}
  </>
);

/** Who could see a patient's data, now or on a day, role by role with the people; and what a change would make of it. */
export default function WhoCanPage() {
  const link = useLink(SHAPE);
  const { action, client, day, patient, role, type } = link.values;
  const operations = changeOf(link.values);
  const asked = { patient, asOf: noonOf(day), first: FIRST, ...(operations.length > 0 && { operations }) };
  const isAsked = patient !== "";
  const pages = usePages(PatientReached, asked, ({ patientAccess }) => patientAccess, { when: isAsked, enough: 1 });
  const people = usePages(
    PeopleReaching,
    { ...asked, filter: { action: orNull(action), clientId: orNull(client), resourceType: orNull(type) } },
    ({ patientPeople: { pageInfo, people: found } }) => ({ edges: found.map((node) => ({ node })), pageInfo }),
    { when: isAsked, enough: 1 },
  );
  // Of another day it is not known who was blocked then.
  const blockedNow = useBlocked({ when: isAsked && day === "" });
  const blocked: typeof blockedNow = (person) => (day === "" ? blockedNow(person) : null);
  const stopped = people.rows.filter(({ subjectId: id, subjectType: type }) => blocked({ id, type }) !== null).length;
  const rowsAreWhole = useWhole(pages, FIRST);
  const isWhole = useWhole(people, FIRST) && rowsAreWhole;
  const { groups, nobody, beside } = whoSees(pages.rows, people.rows, { type, action, client });
  const answer = pages.first?.patientAccess;
  const open = groups.find((group) => rowId(group) === role);
  const isAsking = pages.isAsking || people.isAsking;
  const isPending = isAsked && !isWhole && people.error === null && pages.error === null;
  const tryIt = (operation: PolicyOperation) => link.set(changeValues([...operations, operation]));
  return (
    <ListPage
      title="Who can see a patient"
      purpose="The people whom rules let reach a patient's data, role by role. Nobody has looked because of this: who did see them stands under Who saw it."
      caption="Who can see this patient's data"
      link={link}
      filters={isAsked ? FILTERS : []}
      opens={(id) => ({ role: id === role ? "" : id })}
      above={
        isAsked && (
          <>
            {isPseudonym(patient) && (
              <Note tone="warn">
                A pseudonym names nobody here: this is the answer for a patient of whom nothing is known.
              </Note>
            )}
            {operations.length > 0 && (
              <Trying
                one="role"
                operations={operations}
                squares={groups}
                isAsking={isAsking}
                onChange={(next) => link.set(changeValues(next))}
              />
            )}
            {answer?.notes.map((note) => (
              <Note key={note} tone="warn">
                {note}
              </Note>
            ))}
            {people.error !== null && <Failed error={people.error} retry={people.refresh} />}
            {groups.length > 0 && (
              <p className="ask-counts" role="status">
                <Id id={patient} />: <b className="number">{peopleWords(people.rows.map(personOf))}</b> people by way of{" "}
                {count(groups.length, "role")}, by policy revision {answer?.policyRevision}
                {noonOf(day) !== null && (
                  <>
                    {" "}
                    at noon of <Day at={noonOf(day)} />
                  </>
                )}
                {!isWhole && (isAsking ? ". Still looking…" : ", so far. ")}
                {people.hasMore && !isAsking && <Button onPress={people.more}>Look on</Button>}
                {stopped > 0 &&
                  `. ${stopped === 1 ? "One of them is" : `${stopped} of them are`} blocked now, and denied whatever the rules say.`}
              </p>
            )}
          </>
        )
      }
      instead={
        !isAsked && (
          <PatientQuestion isUnknown={link.unknown.includes("patient")} onAsk={(id) => link.set({ patient: id })} />
        )
      }
      pages={allRows(groups, { ...pages, isPending: groups.length === 0 && isPending })}
      idOf={rowId}
      openId={role}
      empty={
        <Empty title="Nobody">
          {answer?.policyRevision === 0
            ? "There was no policy then."
            : "Every client, role and purpose was looked at: no rule gives anybody this."}{" "}
          {(type !== "" || action !== "" || client !== "") &&
            "Another type, action or client may be reached: clear the filters."}
        </Empty>
      }
      columns={open === undefined ? [...COLUMNS, ...MORE_COLUMNS] : COLUMNS}
      panel={
        open !== undefined && (
          <RolePanel
            key={rowId(open)}
            group={open}
            title={nameOf(open)}
            isWhole={isWhole}
            blocked={blocked}
            onTry={tryIt}
            onClose={() => link.set({ role: "" })}
          />
        )
      }
    >
      {isWhole && <Apart nobody={nobody} beside={beside} />}
    </ListPage>
  );
}
