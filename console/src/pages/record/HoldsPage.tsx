import { useState } from "react";
import { useAct, usePages } from "../../api/useAsk.ts";
import type { PlacedState } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { stepOf } from "../../ui/buttons.tsx";
import { Empty, Note } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName, ClientName, Id, PatientName } from "../../ui/names.tsx";
import { Facts, Panel } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { Day, When } from "../../ui/when.tsx";
import { EndSuspension, type Hold, Holds, LiftHold, type Suspension, Suspensions } from "./holds.graphql.ts";
import { HoldForm, SuspensionForm } from "./placeForms.tsx";
import "./record.css";

const SHAPE = { kind: "LEGAL_HOLD", state: "IN_FORCE", id: "", new: "" };
const FILTERS: readonly Filter[] = [
  {
    name: "kind",
    label: "Show",
    kind: "segments",
    options: [
      { id: "LEGAL_HOLD", name: "Legal holds" },
      { id: "ACCOUNTING_SUSPENSION", name: "Suspended accountings" },
    ],
  },
  {
    name: "state",
    label: "State",
    kind: "select",
    options: [
      { id: "IN_FORCE", name: "In force" },
      { id: "OVER", name: "Over" },
      { id: "", name: "All" },
    ],
  },
];

const State = ({ isOver }: { readonly isOver: boolean }) => (
  <Chip tone={isOver ? "plain" : "wait"}>{isOver ? "Over" : "In force"}</Chip>
);

const HoldSpan = ({ of: { from, to } }: { readonly of: Hold }) => (
  <>
    {from === null ? "from the first act" : <Day at={from} />} – {to === null ? "until it is lifted" : <Day at={to} />}
  </>
);

const SuspendedTo = ({ of: { client, clientId, organization, subjectId } }: { readonly of: Suspension }) =>
  clientId !== null ? <ClientName client={client} id={clientId} /> : <Id id={organization ?? subjectId ?? ""} />;

function HoldPanel({ hold, onClose }: { readonly hold: Hold; readonly onClose: () => void }) {
  const { at, by, client, clientId, id, liftedAt, liftedBy, liftReason, patient, reason, viewerMay } = hold;
  const act = useAct(LiftHold);
  return (
    <Panel label="Legal hold" title={reason} above={<State isOver={liftedAt !== null} />} onClose={onClose}>
      <Facts
        of={{
          Patient: patient === null ? "any" : <PatientName id={patient} />,
          Client: clientId === null ? "any" : <ClientName client={client} id={clientId} />,
          Acts: <HoldSpan of={hold} />,
          Placed: (
            <>
              <When at={at} /> by <ActorName actor={by} />
            </>
          ),
          Lifted: liftedAt !== null && (
            <>
              <When at={liftedAt} /> by <ActorName actor={liftedBy} />: {liftReason}
            </>
          ),
        }}
      />
      {liftedAt === null && (
        <ReasonStep
          key={id}
          id={id}
          act={act}
          step={{ of: stepOf(viewerMay, "liftLegalHold") }}
          submit="Lift the hold"
          look="danger"
          k="e"
          hint="What no other hold covers is erased once its time is over. That can't be undone."
        />
      )}
    </Panel>
  );
}

function SuspensionPanel({ suspension, onClose }: { readonly suspension: Suspension; readonly onClose: () => void }) {
  const { agency, at, by, endedAt, endedBy, endReason, id, inForce, patient, reason, statement, until, viewerMay } =
    suspension;
  const act = useAct(EndSuspension);
  return (
    <Panel label="Suspended accounting" title={agency} above={<State isOver={!inForce} />} onClose={onClose}>
      <Facts
        of={{
          Patient: <PatientName id={patient} />,
          "Left out": (
            <>
              disclosures to <SuspendedTo of={suspension} />
            </>
          ),
          Asked: statement === "WRITTEN" ? "in writing" : "by word of mouth",
          Until: <When at={until} />,
          Reason: reason,
          Recorded: (
            <>
              <When at={at} /> by <ActorName actor={by} />
            </>
          ),
          Ended: endedAt !== null && (
            <>
              <When at={endedAt} /> by <ActorName actor={endedBy} />: {endReason}
            </>
          ),
        }}
      />
      {inForce && (
        <ReasonStep
          key={id}
          id={id}
          act={act}
          step={{ of: stepOf(viewerMay, "endAccountingSuspension") }}
          submit="End the suspension"
          look="danger"
          k="e"
          hint="Accountings have these disclosures again."
        />
      )}
    </Panel>
  );
}

interface OfLink {
  readonly link: ReturnType<typeof useLink<typeof SHAPE>>;
}

/** Legal holds, and accountings that an agency asked to suspend. */
export default function HoldsPage() {
  const link = useLink(SHAPE);
  return link.values.kind === "ACCOUNTING_SUSPENSION" ? <SuspensionList link={link} /> : <HoldList link={link} />;
}

/** What both lists have: their states, how one is placed, what is to be known of it. */
function usePlaced({ link }: OfLink) {
  const { id, state } = link.values;
  const [notes, setNotes] = useState<readonly string[]>([]);
  return {
    id,
    states: state === "" ? null : [state as PlacedState],
    isInForce: state === "IN_FORCE",
    close: () => link.set({ id: "" }),
    done(placed: string, said: readonly string[]) {
      setNotes(said);
      link.set({ state: "IN_FORCE", id: placed, new: "" }, { replace: true });
    },
    page: {
      ...{ title: "Holds", link, filters: FILTERS },
      idOf: (row: { readonly id: string }) => row.id,
      above: notes.map((note) => (
        <Note key={note} tone="warn">
          {note}
        </Note>
      )),
    },
  };
}

function HoldList({ link }: OfLink) {
  const { close, done, id, isInForce, page, states } = usePlaced({ link });
  const may = useMay();
  const pages = usePages(Holds, { states }, (answer) => answer.legalHolds);
  const open = pages.rows.find((each) => each.id === id);
  return (
    <ListPage
      {...page}
      purpose="What is kept on record beyond its time, for a case."
      caption="Legal holds"
      pages={pages}
      begin={
        may("placeLegalHold") && {
          label: "Place a hold",
          look: "primary",
          form: (cancel) => <HoldForm onDone={done} onCancel={cancel} />,
        }
      }
      empty={
        <Empty title={isInForce ? "No hold is in force" : "No hold"}>
          What identifies people is erased once its time is over, unless a hold or an organization's setting keeps it.
        </Empty>
      }
      columns={[
        { name: "Why", isMain: true, cell: ({ reason }) => reason },
        {
          name: "Patient",
          cell: ({ patient }) => (patient === null ? <span className="muted">any</span> : <Id id={patient} />),
        },
        {
          name: "Client",
          cell: ({ client, clientId }) =>
            clientId === null ? <span className="muted">any</span> : <ClientName client={client} id={clientId} />,
        },
        { name: "Acts", cell: (each) => <HoldSpan of={each} /> },
        { name: "Placed", isMinor: true, cell: ({ at }) => <When at={at} /> },
        { name: "State", cell: ({ liftedAt }) => <State isOver={liftedAt !== null} /> },
      ]}
      panel={open !== undefined && <HoldPanel key={id} hold={open} onClose={close} />}
    />
  );
}

function SuspensionList({ link }: OfLink) {
  const { close, done, id, page, states } = usePlaced({ link });
  const may = useMay();
  const pages = usePages(Suspensions, { states }, (answer) => answer.accountingSuspensions);
  const open = pages.rows.find((each) => each.id === id);
  return (
    <ListPage
      {...page}
      purpose="Disclosures that accountings leave out for now, as an agency asked (45 CFR 164.528(a)(2))."
      caption="Suspended accountings"
      pages={pages}
      begin={
        may("suspendAccounting") && {
          label: "Suspend accountings",
          look: "primary",
          form: (cancel) => <SuspensionForm onDone={done} onCancel={cancel} />,
        }
      }
      empty={
        <Empty title="No accounting is suspended">
          Every patient's accounting lists all disclosures that the rule asks for.
        </Empty>
      }
      columns={[
        { name: "Agency", isMain: true, cell: ({ agency }) => agency },
        { name: "Patient", cell: ({ patient }) => <Id id={patient} /> },
        { name: "Left out", cell: (each) => <SuspendedTo of={each} /> },
        { name: "Until", cell: ({ until }) => <Day at={until} /> },
        { name: "State", cell: ({ inForce }) => <State isOver={!inForce} /> },
      ]}
      panel={open !== undefined && <SuspensionPanel key={id} suspension={open} onClose={close} />}
    />
  );
}
