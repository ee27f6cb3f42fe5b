/** A FHIR Observation, as far as this example speaks of it. */
export interface Observation {
  readonly resourceType: "Observation";
  readonly id: string;
  readonly meta?: { readonly security?: readonly Coding[] };
  readonly status: string;
  readonly category: readonly { readonly coding: readonly Coding[] }[];
  readonly code: { readonly coding?: readonly Coding[]; readonly text: string };
  readonly subject: { readonly reference: string };
  readonly valueQuantity?: { readonly value: number; readonly unit: string };
}

interface Coding {
  readonly system: string;
  readonly code: string;
}

const CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category";
const A1C = { category: "laboratory", loinc: "4548-4", text: "Hemoglobin A1c", unit: "%" };
const PULSE = { category: "vital-signs", loinc: "8867-4", text: "Heart rate", unit: "/min" };
const STEPS = { category: "activity", loinc: "55423-8", text: "Steps in 24 hours", unit: "1" };
const RECORDS = [
  { ...A1C, id: "ada-hba1c", patient: "ada", value: 6.1 },
  { ...PULSE, id: "ada-pulse", patient: "ada", value: 72 },
  { ...STEPS, id: "ada-steps", patient: "ada", value: 8412 },
  { ...A1C, id: "ben-hba1c", patient: "ben", value: 7.4 },
  { ...PULSE, id: "ben-pulse", patient: "ben", value: 81 },
];
const NORMAL = { system: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code: "N" };

/** The data: in memory, and as they were again at the next start. */
export const observations = new Map<string, Observation>(
  RECORDS.map(({ id, patient, category, loinc, text, value, unit }) => [
    id,
    {
      resourceType: "Observation",
      id,
      meta: { security: [NORMAL] },
      status: "final",
      category: [{ coding: [{ system: CATEGORY, code: category }] }],
      code: { coding: [{ system: "http://loinc.org", code: loinc }], text },
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

/** The codes of its security labels: bare, they are of HL7's own systems. Empty: it bears none. */
export const labelsOf = ({ meta }: Observation): readonly string[] => (meta?.security ?? []).map(({ code }) => code);

/** Whether one of the tokens that a search names (`a|b,c`) is among those that a resource has. */
export const matchesToken = (wanted: string, has: readonly string[]): boolean =>
  wanted.split(",").some((token) => has.some((each) => each === token || each.endsWith(`|${token}`)));
