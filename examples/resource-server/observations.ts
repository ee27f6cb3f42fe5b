/** A FHIR Observation, as far as this example speaks of it. */
export interface Observation {
  readonly resourceType: "Observation";
  readonly id: string;
  readonly status: string;
  readonly category: readonly { readonly coding: readonly Coding[] }[];
  readonly code: { readonly text: string };
  readonly subject: { readonly reference: string };
  readonly valueQuantity?: { readonly value: number; readonly unit: string };
}

interface Coding {
  readonly system: string;
  readonly code: string;
}

const CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category";
const RECORDS = [
  { id: "ada-hba1c", patient: "ada", category: "laboratory", text: "Hemoglobin A1c", value: 6.1, unit: "%" },
  { id: "ada-pulse", patient: "ada", category: "vital-signs", text: "Heart rate", value: 72, unit: "/min" },
  { id: "ada-steps", patient: "ada", category: "activity", text: "Steps in 24 hours", value: 8412, unit: "1" },
  { id: "ben-hba1c", patient: "ben", category: "laboratory", text: "Hemoglobin A1c", value: 7.4, unit: "%" },
  { id: "ben-pulse", patient: "ben", category: "vital-signs", text: "Heart rate", value: 81, unit: "/min" },
];

/** The data: in memory, and as they were again at the next start. */
export const observations = new Map<string, Observation>(
  RECORDS.map(({ id, patient, category, text, value, unit }) => [
    id,
    {
      resourceType: "Observation",
      id,
      status: "final",
      category: [{ coding: [{ system: CATEGORY, code: category }] }],
      code: { text },
      subject: { reference: `Patient/${patient}` },
      valueQuantity: { value, unit },
    },
  ]),
);

export const patients = new Map(
  ["ada", "ben"].map((id) => [id, { resourceType: "Patient", id, name: [{ given: [id] }] }] as const),
);

export const patientOf = ({ subject }: Observation): string => subject.reference.replace(/^Patient\//, "");

/** As `system|code`, in the words of a FHIR search by token. */
export const categoriesOf = ({ category }: Observation): readonly string[] =>
  category.flatMap(({ coding }) => coding.map(({ system, code }) => `${system}|${code}`));

/** Whether one of the tokens that a search names (`a|b,c`) is among those that a resource has. */
export const matchesToken = (wanted: string, has: readonly string[]): boolean =>
  wanted.split(",").some((token) => has.some((each) => each === token || each.endsWith(`|${token}`)));
