import { useState } from "react";
import { useAct, usePages } from "../../api/useAsk.ts";
import type { PlacedState } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Button, stepOf } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty, Note } from "../../ui/feedback.tsx";
import { Filters } from "../../ui/filters.tsx";
import { useLink } from "../../ui/link.ts";
import { List } from "../../ui/list.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName, ClientName, Id, PatientName } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { Facts, Panel, Split } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { Day, When } from "../../ui/when.tsx";
import { EndSuspension, type Hold, Holds, LiftHold, type Suspension, Suspensions } from "./holds.graphql.ts";
import { HoldForm, SuspensionForm } from "./placeForms.tsx";
import "./record.css";

const SHAPE = { kind: "LEGAL_HOLD", state: "IN_FORCE", id: "" } as const;

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

/** Legal holds, and accountings that an agency asked to suspend. */
export default function HoldsPage() {
  const link = useLink(SHAPE);
  const may = useMay();
  const [placing, setPlacing] = useState(false);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const { id, kind, state } = link.values;
  const isHolds = kind !== "ACCOUNTING_SUSPENSION";
  const states = state === "" ? null : [state as PlacedState];
  const holds = usePages(Holds, { states }, (answer) => answer.legalHolds, { when: isHolds });
  const suspensions = usePages(Suspensions, { states }, (answer) => answer.accountingSuspensions, { when: !isHolds });
  const pages = isHolds ? holds : suspensions;
  const hold = holds.rows.find((each) => each.id === id);
  const suspension = suspensions.rows.find((each) => each.id === id);
  const close = () => link.set({ id: "" });
  const done = (placed: string, said: readonly string[]) => {
    setPlacing(false);
    setNotes(said);
    link.set({ state: "IN_FORCE", id: placed });
  };
  const isOverOf = {
    holds: ({ liftedAt }: Hold) => liftedAt !== null,
    suspensions: ({ inForce }: Suspension) => !inForce,
  };
  const open = {
    openId: id,
    onOpen: (next: string) => link.set({ id: next }),
    idOf: ({ id: own }: { readonly id: string }) => own,
  };
  return (
    <Page
      title="Holds"
      purpose={
        isHolds
          ? "What is kept on record beyond its time, for a case."
          : "Disclosures that accountings leave out for now, as an agency asked (45 CFR 164.528(a)(2))."
      }
      asked={pages}
      actions={
        may(isHolds ? "placeLegalHold" : "suspendAccounting") && (
          <Button look="primary" k="n" onPress={() => setPlacing(true)}>
            {isHolds ? "Place a hold" : "Suspend accountings"}
          </Button>
        )
      }
    >
      <div className="stack">
        <Filters
          link={link}
          filters={[
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
          ]}
        />
        {notes.map((note) => (
          <Note key={note} tone="warn">
            {note}
          </Note>
        ))}
        <Split
          list={
            isHolds ? (
              <List
                {...open}
                caption="Legal holds"
                pages={holds}
                empty={
                  <Empty title={state === "IN_FORCE" ? "No hold is in force" : "No hold"}>
                    What identifies people is erased once its time is over, unless a hold or an organization's setting
                    keeps it.
                  </Empty>
                }
                columns={[
                  { name: "Why", isMain: true, cell: ({ reason }) => reason },
                  {
                    name: "Patient",
                    cell: ({ patient }) =>
                      patient === null ? <span className="muted">any</span> : <Id id={patient} />,
                  },
                  {
                    name: "Client",
                    cell: ({ client, clientId }) =>
                      clientId === null ? (
                        <span className="muted">any</span>
                      ) : (
                        <ClientName client={client} id={clientId} />
                      ),
                  },
                  { name: "Acts", cell: (each) => <HoldSpan of={each} /> },
                  { name: "Placed", isMinor: true, cell: ({ at }) => <When at={at} /> },
                  { name: "State", cell: (each) => <State isOver={isOverOf.holds(each)} /> },
                ]}
              />
            ) : (
              <List
                {...open}
                caption="Suspended accountings"
                pages={suspensions}
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
                  { name: "State", cell: (each) => <State isOver={isOverOf.suspensions(each)} /> },
                ]}
              />
            )
          }
          panel={
            isHolds
              ? hold !== undefined && <HoldPanel key={id} hold={hold} onClose={close} />
              : suspension !== undefined && <SuspensionPanel key={id} suspension={suspension} onClose={close} />
          }
        />
      </div>
      <Dialog
        title={isHolds ? "Place a legal hold" : "Suspend accountings"}
        isOpen={placing}
        onClose={() => setPlacing(false)}
        isWide
      >
        {isHolds ? (
          <HoldForm onDone={done} onCancel={() => setPlacing(false)} />
        ) : (
          <SuspensionForm onDone={done} onCancel={() => setPlacing(false)} />
        )}
      </Dialog>
    </Page>
  );
}
