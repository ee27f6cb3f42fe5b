import { AddPicker } from "../../ui/addPicker.tsx";
import { type Option, TextField } from "../../ui/fields.tsx";
import { namesOf } from "./consentDraft.ts";

/** FHIR's types of what is said about patients, as a desk calls them. Any other type is typed. */
const TYPES: Readonly<Record<string, string>> = {
  AllergyIntolerance: "Allergies",
  Appointment: "Appointments",
  CarePlan: "Care plans",
  Claim: "Claims",
  Communication: "Messages",
  Condition: "Diagnoses and problems",
  Coverage: "Insurance",
  DiagnosticReport: "Reports of examinations",
  DocumentReference: "Documents and letters",
  Encounter: "Visits and stays",
  FamilyMemberHistory: "Family history",
  Goal: "Goals",
  ImagingStudy: "Images",
  Immunization: "Vaccinations",
  MedicationAdministration: "Medication that was given",
  MedicationRequest: "Prescriptions",
  MedicationStatement: "Medication that is taken",
  Observation: "Laboratory results, vital signs and other observations",
  Patient: "Name, address and birth",
  Procedure: "Operations and procedures",
  QuestionnaireResponse: "Answers to questionnaires",
  ServiceRequest: "Orders and referrals",
  Specimen: "Specimens",
};
const OPTIONS: readonly Option[] = Object.entries(TYPES)
  .map(([id, name]) => ({ id, name, hint: id }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

const search = async (text: string): Promise<readonly Option[]> => {
  const folded = text.trim().toLocaleLowerCase();
  return OPTIONS.filter(({ id, name }) => `${id} ${name}`.toLocaleLowerCase().includes(folded));
};

interface TypesFieldProps {
  readonly label: string;
  readonly name: string;
  readonly hint: string;
  /** With a comma between. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Types of data: chosen from those that a desk knows by name, or typed. */
export function TypesField({ value, onChange, ...rest }: TypesFieldProps) {
  return (
    <div className="stack tight">
      <AddPicker
        label="Choose a type"
        search={search}
        placeholder="Such as vaccinations"
        onPick={(type) => {
          const names = namesOf(value);
          if (!names.includes(type)) onChange([...names, type].join(", "));
        }}
      />
      <TextField {...rest} isCode isRequired value={value} onChange={onChange} />
    </div>
  );
}
