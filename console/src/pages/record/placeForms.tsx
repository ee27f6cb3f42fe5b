import { useAct } from "../../api/useAsk.ts";
import { type AgencyStatement, AgencyStatementWords } from "../../generated/schema.ts";
import { dayFrom, dayUntil } from "../../ui/days.ts";
import { ChoiceField, DateField, PickerField, ReasonField, SelectField, TextField } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { Form, useFields } from "../../ui/form.tsx";
import { PlaceHold, Suspend } from "./holds.graphql.ts";

interface PlaceProps {
  readonly onDone: (id: string, notes: readonly string[]) => void;
  readonly onCancel: () => void;
}

/** Keeps what is on record beyond its time. */
export function HoldForm({ onDone, onCancel }: PlaceProps) {
  const [{ clientId, from, patient, reason, to }, field] = useFields({
    patient: "",
    clientId: "",
    from: "",
    to: "",
    reason: "",
  });
  const act = useAct(PlaceHold, ({ placeLegalHold }) => onDone(placeLegalHold.id, []));
  const send = () =>
    void act.run({
      input: {
        reason,
        ...(patient.trim() !== "" && { patient: patient.trim() }),
        ...(clientId !== "" && { clientId }),
        from: dayFrom(from),
        to: dayUntil(to),
      },
    });
  return (
    <Form
      submit="Place the hold"
      label="Place a legal hold"
      onSubmit={send}
      isRunning={act.isRunning}
      error={act.error}
      onCancel={onCancel}
    >
      <p className="muted">
        What meets all that you say is kept, however old, until somebody lifts the hold. Say one thing at least.
      </p>
      <TextField label="Acts that name this patient (whole id)" isCode {...field("patient")} />
      <PickerField label="Acts that name this client" {...field("clientId")} search={findOptions("CLIENT")} />
      <div className="record-pair">
        <DateField label="From" {...field("from")} hint="Empty: from the first act on." />
        <DateField label="To, that day too" {...field("to")} hint="Empty: until it is lifted." />
      </div>
      <ReasonField {...field("reason")} hint="The case, so that somebody knows later when it may be lifted." />
    </Form>
  );
}

/** Leaves out of a patient's accountings what an agency asked to keep back. */
export function SuspensionForm({ onDone, onCancel }: PlaceProps) {
  const [{ agency, kind, patient, reason, recipient, statement, until }, field] = useFields({
    ...{ patient: "", kind: "organization", recipient: "", statement: "", agency: "", until: "", reason: "" },
  });
  const act = useAct(Suspend, ({ suspendAccounting: { id, notes } }) => onDone(id, notes));
  const send = () => {
    const id = recipient.trim();
    void act.run({
      input: {
        patient: patient.trim(),
        recipient: kind === "subject" ? { subject: { id } } : { [kind]: id },
        statement: statement as AgencyStatement,
        agency,
        until: dayUntil(until) ?? "",
        reason,
      },
    });
  };
  return (
    <Form
      submit="Suspend it"
      label="Suspend accountings"
      onSubmit={send}
      isRunning={act.isRunning}
      error={act.error}
      onCancel={onCancel}
    >
      <p className="muted">
        Accountings of this patient leave out the disclosures to this recipient, those of the past too, and do not show
        it.
      </p>
      <TextField label="Patient's whole id" isCode isRequired {...field("patient")} />
      <div className="record-pair">
        <SelectField
          label="Disclosures to"
          {...field("kind")}
          options={[
            { id: "organization", name: "An agency", hint: "everybody who belongs to it" },
            { id: "subject", name: "An official", hint: "one person" },
            { id: "clientId", name: "The agency's client" },
          ]}
        />
        {kind === "clientId" ? (
          <PickerField key={kind} label="Client" isRequired {...field("recipient")} search={findOptions("CLIENT")} />
        ) : (
          <TextField key={kind} label="Its id" isCode isRequired {...field("recipient")} />
        )}
      </div>
      <ChoiceField
        label="How did the agency ask?"
        isRequired
        {...field("statement")}
        options={[
          { id: "WRITTEN", name: "In writing", hint: AgencyStatementWords.WRITTEN },
          { id: "ORAL", name: "By word of mouth", hint: AgencyStatementWords.ORAL },
        ]}
      />
      <div className="record-pair">
        <TextField label="Who asked, for which agency" isRequired {...field("agency")} />
        <DateField label="To the end of" isRequired {...field("until")} />
      </div>
      <ReasonField {...field("reason")} label="Why would an accounting impede them?" />
    </Form>
  );
}
