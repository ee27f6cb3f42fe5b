import { Note } from "../feedback.tsx";
import { TypedId } from "./TypedId.tsx";

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
export const PatientField = ({ patient, onPatient, isUnknown, act }: PatientFieldProps) => (
  <div className="typed-id">
    <TypedId label="Patient's whole id" id={patient} onId={onPatient} act={act} />
    {isUnknown && (
      <Note tone="warn">This link is about a patient. Ids of patients never stand in an address: type it here.</Note>
    )}
  </div>
);
