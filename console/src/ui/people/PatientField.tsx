import { Note } from "../feedback.tsx";
import { TextField, Unsent } from "../fields.tsx";
import { Form, useFields } from "../form.tsx";
import "./people.css";

interface PatientFieldProps {
  /** The patient that is shown; "": none yet. */
  readonly patient: string;
  readonly onPatient: (patient: string) => void;
  /** The link has a patient that is not in this page's memory. */
  readonly isUnknown: boolean;
  /** What the button does: "Show consents". */
  readonly act: string;
}

/** Whose data it is about: a whole id, typed, as each look at a patient is an act on record. */
export const PatientField = (props: PatientFieldProps) => <Typed key={props.patient} {...props} />;

function Typed({ patient, onPatient, isUnknown, act }: PatientFieldProps) {
  const [values, field] = useFields({ patient });
  return (
    <div className="patient-field">
      <Form submit={act} onSubmit={() => onPatient(values.patient.trim())}>
        <Unsent is={patient !== "" && values.patient.trim() !== patient}>
          <TextField label="Patient's whole id" isCode isRequired {...field("patient")} autoFocus={patient === ""} />
        </Unsent>
      </Form>
      {isUnknown && (
        <Note tone="warn">This link is about a patient. Ids of patients never stand in an address: type it here.</Note>
      )}
    </div>
  );
}
