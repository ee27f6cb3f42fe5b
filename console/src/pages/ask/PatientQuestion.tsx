import { Note } from "../../ui/feedback.tsx";
import { TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";

/** Asks whose data it is about, before anything is asked of the service. `isUnknown`: the link was made for somebody, whom it does not say. */
export function PatientQuestion({
  isUnknown,
  onAsk,
}: {
  readonly isUnknown: boolean;
  readonly onAsk: (patient: string) => void;
}) {
  const [{ patient }, field] = useFields({ patient: "" });
  return (
    <section className="card pad ask-question">
      <Form label="Whose data" submit="See who can" onSubmit={() => onAsk(patient.trim())}>
        {isUnknown && (
          <Note tone="warn">
            This link was made for a patient, who is not in it: ids of people never stand in an address. Type the id
            here.
          </Note>
        )}
        <TextField
          label="Patient"
          {...field("patient")}
          isRequired
          autoFocus
          hint="The whole id. It never stands in an address, and that you asked is on record."
        />
      </Form>
    </section>
  );
}
