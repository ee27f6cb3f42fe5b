import "./ask.css";
import { usePages } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Empty, Note } from "../../ui/feedback.tsx";
import { Filters } from "../../ui/filters.tsx";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { allRows, List } from "../../ui/list.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { Id } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { CHANGE, changeOf, changeValues } from "../../ui/policyChange/changeLink.ts";
import { policyOptions } from "../../ui/policyChange/policyOptions.ts";
import { Day } from "../../ui/when.tsx";
import { count, isPseudonym } from "../../ui/words.ts";
import { CHANGE_WORDS, noonOf } from "./accessWords.tsx";
import { PatientQuestion } from "./PatientQuestion.tsx";
import { RolePanel } from "./RolePanel.tsx";
import { Trying } from "./Trying.tsx";
import { useWhole } from "./useWhole.ts";
import { PatientReached } from "./whoCan.graphql.ts";
import { type Place, type RoleGroup, whoSees } from "./whoSees.ts";

const SHAPE = { patient: HIDDEN, day: "", type: "", action: "", client: "", role: "", ...CHANGE } as const;
const FIRST = 200;
const CLIENTS = policyOptions("CLIENT");
const ACTIONS = [
  { id: "", name: "Anything" },
  ...["read", "search", "create", "update", "delete"].map((id) => ({
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
  })),
];
/** Of the link: which row is open. An empty key would be none. */
const ITSELF = "client";

const rowId = ({ key }: RoleGroup): string => (key === "" ? ITSELF : `role:${key}`);
const nameOf = ({ key }: RoleGroup) => (key === "" ? "Clients by themselves" : key === "*" ? "Everybody" : key);
const placeWords = ({ holders, organization }: Place): string =>
  `${holders} ${organization === null ? "everywhere" : `in ${organization}`}`;
const purposeWords = (purposes: readonly string[]): string =>
  purposes.includes("any") ? "any purpose" : few(purposes);
const few = (list: readonly string[], n = 4): string =>
  [...list.slice(0, n), ...(list.length > n ? [`${list.length - n} more`] : [])].join(", ");

/** Who could see a patient's data, now or on a day, role by role; and what a change would make of it. */
export default function WhoCanPage() {
  const link = useLink(SHAPE);
  const { action, client, day, patient, role, type } = link.values;
  const operations = changeOf(link.values);
  const pages = usePages(
    PatientReached,
    { patient, asOf: noonOf(day), first: FIRST, ...(operations.length > 0 && { operations }) },
    ({ patientAccess }) => patientAccess,
    { when: patient !== "", enough: 1 },
  );
  const isWhole = useWhole(pages, FIRST);
  const groups = whoSees(pages.rows, { type, action, client });
  const answer = pages.first?.patientAccess;
  const open = groups.find((group) => rowId(group) === role);
  const clients = new Set(groups.flatMap((group) => group.clients.map(({ id }) => id))).size;
  const tryIt = (operation: PolicyOperation) => link.set(changeValues([...operations, operation]));
  return (
    <Page
      title="Who can see a patient"
      purpose="By role, with the people behind each. Nobody has looked because of this: who did see them stands under Who saw it."
      {...(patient !== "" && { asked: pages })}
    >
      {patient === "" && (
        <PatientQuestion isUnknown={link.unknown.includes("patient")} onAsk={(id) => link.set({ patient: id })} />
      )}
      {patient !== "" && (
        <Filters
          link={link}
          filters={[
            { name: "patient", label: "Patient", kind: "text", placeholder: "The patient's id" },
            { name: "day", label: "At noon of", kind: "day" },
            { name: "type", label: "Type of data", kind: "text", placeholder: "Any, or Observation" },
            { name: "action", label: "To do what", kind: "select", options: ACTIONS },
            { name: "client", label: "By way of", kind: "picker", search: CLIENTS, placeholder: "Any client" },
          ]}
        />
      )}
      {isPseudonym(patient) && (
        <Note tone="warn">
          A pseudonym names nobody here: this is the answer for a patient of whom nothing is known.
        </Note>
      )}
      {operations.length > 0 && patient !== "" && (
        <Trying
          one="role"
          operations={operations}
          squares={groups}
          isAsking={pages.isAsking}
          onChange={(next) => link.set(changeValues(next))}
        />
      )}
      {answer?.notes.map((note) => (
        <Note key={note} tone="warn">
          {note}
        </Note>
      ))}
      {answer !== undefined && groups.length > 0 && (
        <p className="ask-counts" role="status">
          <Id id={patient} />: <b className="number">{groups.length}</b> {groups.length === 1 ? "role" : "roles"} by way
          of {count(clients, "client")}, by policy revision {answer.policyRevision}
          {noonOf(day) !== null && (
            <>
              {" "}
              at noon of <Day at={noonOf(day)} />
            </>
          )}
          {!isWhole && ". Still looking…"}
        </p>
      )}
      {patient !== "" && (
        <Split
          list={
            <List
              caption="Who can see this patient's data"
              pages={allRows(groups, {
                ...pages,
                isPending: pages.isPending || (groups.length === 0 && !isWhole && pages.error === null),
              })}
              idOf={rowId}
              openId={role}
              onOpen={(id) => link.set({ role: id === role ? "" : id })}
              empty={
                <Empty title="Nobody">
                  {answer?.policyRevision === 0
                    ? "There was no policy then."
                    : "Every client, role and purpose was looked at: no rule gives anybody this."}{" "}
                  {(type !== "" || action !== "" || client !== "") &&
                    "Another type, action or client may be reached: clear the filters."}
                </Empty>
              }
              columns={[
                {
                  name: "Who",
                  isMain: true,
                  cell: (group) =>
                    group.key === "" || group.key === "*" ? (
                      nameOf(group)
                    ) : (
                      <code className="ask-whole">{group.key}</code>
                    ),
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
                  name: "People",
                  cell: ({ places, key }) =>
                    key === "" ? "" : key === "*" ? "Anybody" : few(places.map(placeWords), 3),
                },
                {
                  name: "What",
                  cell: ({ types, actions }) => (
                    <>
                      {few(
                        types.map((each) => (each === "*" ? "every type" : each)),
                        3,
                      )}{" "}
                      <span className="muted small">{few(actions)}</span>
                    </>
                  ),
                },
                // Beside the panel, which has them, there is no room.
                ...(open === undefined
                  ? [
                      {
                        name: "By way of",
                        isMinor: true,
                        cell: (group: RoleGroup) =>
                          few(
                            group.clients.map(({ name }) => name),
                            3,
                          ),
                      },
                      { name: "For", isMinor: true, cell: ({ purposes }: RoleGroup) => purposeWords(purposes) },
                    ]
                  : []),
              ]}
            />
          }
          panel={
            open !== undefined && (
              <RolePanel
                key={rowId(open)}
                group={open}
                title={nameOf(open)}
                patient={patient}
                asOf={noonOf(day)}
                type={type}
                action={action}
                onTry={tryIt}
                onClose={() => link.set({ role: "" })}
              />
            )
          }
        />
      )}
    </Page>
  );
}
