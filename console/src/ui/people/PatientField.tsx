import { useEffect, useState } from "react";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { TextField } from "../fields.tsx";
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
export function PatientField({ patient, onPatient, isUnknown, act }: PatientFieldProps) {
  const [text, setText] = useState(patient);
  useEffect(() => setText(patient), [patient]);
  return (
    <form
      className="patient-field"
      onSubmit={(event) => {
        event.preventDefault();
        onPatient(text.trim());
      }}
    >
      <div className="row">
        <TextField label="Patient's whole id" isCode value={text} onChange={setText} autoFocus={patient === ""} />
        <Button type="submit" look="primary" isDisabled={text.trim() === ""}>
          {act}
        </Button>
      </div>
      {isUnknown && (
        <Note tone="warn">This link is about a patient. Ids of patients never stand in an address: type it here.</Note>
      )}
    </form>
  );
}
