import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import type { RestrictionState } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { AskedPanel } from "../../ui/askedPanel.tsx";
import { Empty } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { type LinkShape, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName, ClientName, SubjectName } from "../../ui/names.tsx";
import { Facts } from "../../ui/panel.tsx";
import { BlockForm } from "../../ui/people/BlockForm.tsx";
import { PersonField } from "../../ui/people/PersonField.tsx";
import { personOf } from "../../ui/people/personText.ts";
import { fromNow, When } from "../../ui/when.tsx";
import { LiftRestriction, RESPONSES } from "./LiftRestriction.tsx";
import { OneRestriction, type RestrictionRow, Restrictions } from "./restrictions.graphql.ts";
import "./watch.css";

const SHAPE = { id: "", state: "IN_FORCE", new: "" } satisfies LinkShape;
const STATES: Readonly<Record<RestrictionState, string>> = { IN_FORCE: "In force", LIFTED: "Lifted", ENDED: "Ended" };
const FILTERS: readonly Filter[] = [
  {
    name: "state",
    label: "State",
    kind: "segments",
    options: Object.entries(STATES).map(([id, name]) => ({ id, name })),
  },
];

const Whose = ({ of }: { readonly of: RestrictionRow }) =>
  of.subjectId === null ? (
    <ClientName client={of.client} id={of.clientId} />
  ) : (
    <SubjectName subject={{ id: of.subjectId, type: of.subjectType }} />
  );

function RestrictionPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const asked = useAsk(OneRestriction, { id });
  return (
    <AskedPanel
      asked={asked}
      pick={({ restriction }) => restriction}
      caseOf={{ kind: "RESTRICTION", id }}
      label="Restriction"
      title={(of) => (of === undefined ? "Restriction" : RESPONSES[of.response])}
      above={(of) => <Chip tone={of.state === "IN_FORCE" ? "bad" : "plain"}>{STATES[of.state]}</Chip>}
      missing={{ title: "No such restriction", text: "None of this id is there for you to see." }}
      onClose={onClose}
    >
      {(of) => (
        <>
          <Facts
            of={{
              Whose: <Whose of={of} />,
              From: <When at={of.at} />,
              Until: <When at={of.until} />,
              By: <ActorName actor={of.by} />,
              Why: of.reason ?? <span className="muted">seen by auditors, and by who said it</span>,
              "Because of": of.alertId !== null && (
                <Link to="/alerts" search={{ id: of.alertId }}>
                  an alert
                </Link>
              ),
              Lifted: of.liftedAt !== null && (
                <>
                  <When at={of.liftedAt} /> by <ActorName actor={of.liftedBy} />. {of.liftReason}
                </>
              ),
            }}
          />
          {of.state === "IN_FORCE" && <LiftRestriction restriction={of} />}
        </>
      )}
    </AskedPanel>
  );
}

function BlockSomebody({ onClose }: { readonly onClose: () => void }) {
  const [person, setPerson] = useState("");
  return (
    <BlockForm subject={personOf(person)} onClose={onClose}>
      <PersonField
        label="Person"
        name="subject"
        value={person}
        onChange={setPerson}
        isRequired
        autoFocus
        hint="Nobody can block themselves."
      />
    </BlockForm>
  );
}

/** Who is blocked or must sign in anew for a while, and blocking a person at once. */
export default function RestrictionsPage() {
  const link = useLink(SHAPE);
  const { values } = link;
  const may = useMay();
  const pages = usePages(
    Restrictions,
    { filter: { states: [values.state as RestrictionState] }, first: 50 },
    (answer) => answer.restrictions,
  );
  return (
    <ListPage
      title="Restrictions"
      purpose="Whose access is stopped for a while, until when, and the way back."
      begin={
        may("imposeRestriction") && {
          label: "Block a person now",
          look: "danger",
          k: "b",
          form: (close) => <BlockSomebody onClose={close} />,
        }
      }
      link={link}
      filters={FILTERS}
      pages={pages}
      idOf={({ id }) => id}
      empty={
        <Empty title={values.state === "IN_FORCE" ? "Nobody is restricted" : "None"}>
          {values.state === "IN_FORCE"
            ? "Everybody may do what the policy allows them. Suspended clients are under Clients."
            : "None of this state is on record."}
        </Empty>
      }
      columns={[
        { name: "Whose", isMain: true, cell: (row) => <Whose of={row} /> },
        { name: "What", cell: ({ response }) => RESPONSES[response] },
        {
          name: "Until",
          cell: ({ until, state }) =>
            state === "IN_FORCE" ? <span title={until}>{fromNow(until)}</span> : <When at={until} />,
        },
        { name: "By", isMinor: true, cell: (row) => <ActorName actor={row.by} /> },
      ]}
      panel={
        values.id !== "" && <RestrictionPanel key={values.id} id={values.id} onClose={() => link.set({ id: "" })} />
      }
    />
  );
}
