import "./patients.css";
import { useMemo } from "react";
import { usePages } from "../../api/useAsk.ts";
import type { Outcome } from "../../generated/schema.ts";
import type { NodeOf } from "../../transport/operation.ts";
import { dayAgo, dayFrom, dayUntil, yearsAgo } from "../../ui/days.ts";
import { Empty, Note } from "../../ui/feedback.tsx";
import { DateField, Segments } from "../../ui/fields.tsx";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ClientName, Id } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { PatientField } from "../../ui/people/PatientField.tsx";
import { When } from "../../ui/when.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { count, words } from "../../ui/words.ts";
import { AccountingView } from "./AccountingView.tsx";
import { WhoSaw, type WhoSawResult } from "./whoSaw.graphql.ts";

const SHAPE = { patient: HIDDEN, from: "", to: "", outcome: "ALLOW", view: "ACCESSES", id: "" } as const;
/** So far back a patient may ask for an accounting (45 CFR 164.528(a)(1)). */
const ACCOUNTED_YEARS = 6;
type Access = NodeOf<WhoSawResult["accessHistory"]>;

export const Who = ({ of: { subjectId, subjectName, organizationName } }: { readonly of: Access["who"] }) =>
  subjectId === null ? (
    <span className="muted">No person</span>
  ) : (
    <span className="patients-who">
      {subjectName === null ? (
        <Id id={subjectId} />
      ) : (
        <span className="named">
          <bdi>{subjectName}</bdi> <Id id={subjectId} />
        </span>
      )}
      {organizationName !== null && <bdi className="muted small"> {organizationName}</bdi>}
    </span>
  );

function WhyCell({ access: { emergency, explained, explainedBy, purpose } }: { readonly access: Access }) {
  return (
    <>
      {purpose}
      {emergency !== null && <Chip tone="wait">Emergency</Chip>}
      {explained === false && <Chip tone="bad">Nothing explains it</Chip>}
      {explainedBy !== null && <span className="muted small"> {words(explainedBy)}</span>}
    </>
  );
}

/** Who saw a patient's data, and the accounting of it that the patient is given. */
export default function WhoSawPage() {
  const link = useLink(SHAPE);
  const { id, outcome, patient, to, view } = link.values;
  const isHistory = view === "ACCESSES";
  const from = link.values.from || (isHistory ? dayAgo(30) : yearsAgo(ACCOUNTED_YEARS));
  const window = useMemo(() => ({ from: dayFrom(from) ?? "", to: dayUntil(to) }), [from, to]);
  const pages = usePages(
    WhoSaw,
    { patient, ...window, outcome: outcome as Outcome },
    (answer) => answer.accessHistory,
    { when: patient !== "" && isHistory },
  );
  const known = pages.first?.accessHistory;
  const title = "Who saw it";
  const purpose = "Who saw a patient's data, when, with which client and why. That you look is put on record.";
  const question = (
    <div className="card pad no-print">
      <PatientField
        patient={patient}
        onPatient={(next) => link.set({ patient: next, id: "" })}
        isUnknown={link.unknown.length > 0}
        act="Show who saw it"
      />
      <div className="filter-fields">
        <DateField
          label="From"
          value={from}
          onChange={(next) => link.set({ from: next, id: "" })}
          {...(!isHistory && { hint: "A patient may ask for six years (45 CFR 164.528)." })}
        />
        <DateField label="To, that day too" value={to} onChange={(next) => link.set({ to: next, id: "" })} />
        <Segments
          label="Show"
          value={view}
          onChange={(next) => link.set({ view: next, id: "" })}
          options={[
            { id: "ACCESSES", name: "Each access" },
            { id: "ACCOUNTING", name: "Accounting for print" },
          ]}
        />
        {isHistory && (
          <Segments
            label="Outcome"
            value={outcome}
            onChange={(next) => link.set({ outcome: next, id: "" })}
            options={[
              { id: "ALLOW", name: "Allowed" },
              { id: "DENY", name: "Denied" },
            ]}
          />
        )}
      </div>
    </div>
  );
  if (patient !== "" && !isHistory)
    return (
      <Page title={title} purpose={purpose}>
        <div className="stack">
          {question}
          <AccountingView patient={patient} window={window} />
        </div>
      </Page>
    );
  return (
    <ListPage
      title={title}
      purpose={purpose}
      caption="Accesses to this patient's data"
      link={link}
      above={
        <>
          {question}
          {known !== undefined && (
            <>
              <p className="number">
                <strong>{count(known.allowed, "access", "accesses")}</strong> allowed,{" "}
                <strong>{known.denied.toLocaleString("en-US")}</strong> denied in this time.
              </p>
              {known.notes.map((note) => (
                <Note key={note} tone="warn">
                  {note}
                </Note>
              ))}
              {known.erased > 0 && (
                <Note>
                  Of {count(known.erased, "access", "accesses")} in this time it is erased whose data they were about.
                </Note>
              )}
              {known.archived.map(({ file, month }) => (
                <Note key={month}>
                  {month} is in the file {file}, and not looked at here.
                </Note>
              ))}
            </>
          )}
        </>
      }
      instead={
        patient === "" && (
          <Empty title="Type a patient's id">
            It must be the whole id: each look at a patient is an act on record.
          </Empty>
        )
      }
      pages={pages}
      idOf={({ decisionId }) => decisionId}
      empty={
        <Empty title={outcome === "ALLOW" ? "Nobody saw it in this time" : "Nobody was denied in this time"}>
          Looked at: all decisions about this patient since {from}
          {to === "" ? "" : ` up to ${to}`}.
        </Empty>
      }
      columns={[
        { name: "When", cell: ({ at }) => <When at={at} /> },
        { name: "Who", isMain: true, cell: ({ who }) => <Who of={who} /> },
        { name: "With", isMinor: true, cell: ({ who }) => <ClientName client={who.client} id={who.clientId} /> },
        { name: "What", cell: ({ data }) => data },
        { name: "Why", cell: (access) => <WhyCell access={access} /> },
      ]}
      panel={id !== "" && <WhyPanel decisionId={id} onClose={() => link.set({ id: "" })} />}
    />
  );
}
