/** The questions of the load, and how each server is asked them. */

interface Person {
  readonly id: string;
  /** As the demo hospital assigns them, with what they inherit: Cerbos is told by its caller. */
  readonly roles: readonly string[];
  readonly organizations: readonly string[];
}
const CLINICIAN = ["clinician", "staff"];
const people = {
  mia: { id: "mia", roles: CLINICIAN, organizations: ["general-hospital"] },
  nina: { id: "nina", roles: ["nurse", ...CLINICIAN], organizations: ["general-hospital"] },
  paul: { id: "paul", roles: ["provider", ...CLINICIAN], organizations: ["general-hospital"] },
  tess: { id: "tess", roles: ["lab_technician", "staff"], organizations: ["city-lab"] },
  faye: { id: "faye", roles: ["pharmacist", "staff"], organizations: ["general-hospital"] },
  bill: { id: "bill", roles: ["billing_clerk", "staff"], organizations: ["general-hospital"] },
} satisfies Readonly<Record<string, Person>>;

/** One question to the demo hospital. */
export interface Question {
  readonly person: Person;
  readonly clientId: string;
  readonly scope: string;
  readonly action: string;
  readonly type: string;
  readonly organization: string;
  readonly purpose: string;
  readonly category?: string;
  readonly allowed: boolean;
}
type Row = readonly [Person, string, string, string, string, string, string, boolean];

const HOUSE = "general-hospital";
const LAB = "city-lab";
const rows: readonly Row[] = [
  [people.mia, "ehr", "view_demographics", "read", "Patient", HOUSE, "TREAT", true],
  [people.mia, "ehr", "view_demographics", "read", "Patient", HOUSE, "HPAYMT", false],
  [people.mia, "ehr", "view_lab_results", "read", "Observation", HOUSE, "ETREAT", true],
  [people.mia, "ehr", "view_lab_results", "read", "Observation", LAB, "TREAT", false],
  [people.nina, "ehr", "view_vital_signs", "read", "Observation", HOUSE, "TREAT", true],
  [people.nina, "ehr", "view_conditions", "read", "Condition", HOUSE, "TREAT", true],
  [people.nina, "ehr", "create_prescription", "create", "MedicationRequest", HOUSE, "TREAT", false],
  [people.paul, "ehr", "create_prescription", "create", "MedicationRequest", HOUSE, "TREAT", true],
  [people.paul, "ehr", "view_encounters", "read", "Encounter", HOUSE, "TREAT", true],
  [people.paul, "ehr", "view_care_plans", "read", "CarePlan", HOUSE, "HOPERAT", false],
  [people.tess, "lab-portal", "view_diagnostic_reports", "read", "DiagnosticReport", LAB, "TREAT", true],
  [people.tess, "lab-portal", "view_diagnostic_reports", "read", "DiagnosticReport", HOUSE, "TREAT", false],
  [people.tess, "lab-portal", "view_lab_results", "read", "Observation", LAB, "HOPERAT", true],
  [people.faye, "pharmacy-system", "view_medication_records", "read", "MedicationRequest", HOUSE, "TREAT", true],
  [people.faye, "pharmacy-system", "update_medication_records", "update", "MedicationRequest", HOUSE, "HPAYMT", false],
  [people.bill, "ehr", "view_demographics", "read", "Patient", HOUSE, "HPAYMT", true],
];
const CATEGORIES: Readonly<Record<string, string>> = {
  view_lab_results: "http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
  view_vital_signs: "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
};
export const questions: readonly Question[] = rows.map(
  ([person, clientId, scope, action, type, organization, purpose, allowed]) => {
    const category = CATEGORIES[scope];
    const rest = { person, clientId, scope, action, type, organization, purpose, allowed };
    return category === undefined ? rest : { ...rest, category };
  },
);

/** How many different resources are asked about: no two requests of a batch are the same. */
const RESOURCES = 50;
const PATIENT = "ada";
/** A patient's own record is the patient's. */
const idOf = ({ type }: Question, n: number): string =>
  type === "Patient" ? PATIENT : `5f2c81d4-0000-4000-8000-${String(n).padStart(12, "0")}`;

const attributesOf = ({ category }: Question): object =>
  category === undefined ? {} : { attributes: { category: [category] } };

const authorizeInput = (q: Question, n: number): object => ({
  clientId: q.clientId,
  subject: { id: q.person.id },
  scopes: [q.scope],
  action: q.action,
  resource: { type: q.type, id: idOf(q, n), patient: PATIENT, organization: q.organization, ...attributesOf(q) },
  purposeOfUse: q.purpose,
});

const FIELDS = "id outcome scope reasons { code message } obligations { type parameters }";
export const AUTHORIZE = `query Authorize($input: AuthorizeInput!) {\n  authorize(input: $input) { ${FIELDS} }\n}`;
export const AUTHORIZE_BATCH = `query Authorize($inputs: [AuthorizeInput!]!) {\n  authorizeBatch(inputs: $inputs) { ${FIELDS} }\n}`;
export const BATCH = 50;

const each = <T>(make: (q: Question, n: number) => T): T[] =>
  Array.from({ length: RESOURCES }, (_, n) => questions.map((q, i) => make(q, n * questions.length + i))).flat();

/** Groups of `BATCH`, every question as often as any other. */
function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: items.length / BATCH }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));
}

export const graphqlBodies = (): string[] =>
  each((q, n) => JSON.stringify({ query: AUTHORIZE, variables: { input: authorizeInput(q, n) } }));
export const graphqlBatchBodies = (): string[] =>
  batches(each(authorizeInput)).map((inputs) => JSON.stringify({ query: AUTHORIZE_BATCH, variables: { inputs } }));

export const authzenBodies = (): string[] =>
  each((q, n) =>
    JSON.stringify({
      subject: { type: "user", id: q.person.id },
      action: { name: q.action },
      resource: {
        type: q.type,
        id: idOf(q, n),
        properties: {
          patient: PATIENT,
          organization: q.organization,
          ...(q.category === undefined ? {} : { category: [q.category] }),
        },
      },
      context: { client_id: q.clientId, scopes: [q.scope], purpose_of_use: q.purpose },
    }),
  );

const cerbosResource = (q: Question, n: number): object => ({
  actions: [q.action],
  resource: {
    kind: q.type,
    id: idOf(q, n),
    attr: { organization: q.organization, patient: PATIENT, purpose: q.purpose, scope: q.scope, client: q.clientId },
  },
});
const cerbosBody = ({ id, roles, organizations }: Person, resources: readonly object[]): string =>
  JSON.stringify({ requestId: "bench", principal: { id, roles, attr: { organizations } }, resources });

export const cerbosBodies = (): string[] => each((q, n) => cerbosBody(q.person, [cerbosResource(q, n)]));
/** Cerbos takes one principal a request: each gets a batch of what concerns it. */
export const cerbosBatchBodies = (): string[] =>
  Object.values(people).map((person) => {
    const own = questions.filter((q) => q.person === person);
    const repeated = Array.from({ length: BATCH }, (_, n) => own[n % own.length]).filter((q) => q !== undefined);
    return cerbosBody(person, repeated.map(cerbosResource));
  });
