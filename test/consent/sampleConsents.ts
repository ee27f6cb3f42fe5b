import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
// Consents and questions of which a test says what matters, and nothing else.
import type {
  Consent,
  ConsentException,
  ConsentQuestion,
  DataTerms,
  RecipientTerms,
  ResourceData,
  SetData,
} from "../../src/domain/consent/types.ts";
import { labelCode, purposeCode } from "../support/oneForm.ts";
import { statedCodes, statedReferences } from "./statedData.ts";

export const ANYBODY: RecipientTerms = {
  clientId: null,
  subject: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
};

const UNLIMITED: Omit<ConsentException, "effect"> = {
  recipients: null,
  scopes: null,
  purposes: null,
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  validUntil: null,
};

export const MADE = Date.parse("2026-01-01T00:00:00Z");
export const NOW = Date.parse("2026-06-15T12:00:00Z");

type Written<T> = { readonly [K in keyof T]?: unknown };

const texts = (value: unknown, read: (text: string) => string): readonly string[] | null =>
  value === undefined || value === null ? null : (value as readonly string[]).map(read);

function time(value: unknown, otherwise: number | null): number | null {
  if (value === undefined) return otherwise;
  return value === null || typeof value === "number" ? value : Date.parse(String(value));
}

/** Only members that there are: a misspelt one would be a test that can't fail. */
function known<T extends object>(given: object, whole: T): void {
  const unknown = Object.keys(given).filter((name) => !(name in whole));
  if (unknown.length > 0) throw new TypeError(`unknown members: ${unknown.join()}`);
}

function dataTerms(given: Written<DataTerms> = {}): DataTerms {
  known(given, ALL_DATA);
  return {
    ...ALL_DATA,
    ...(given as Partial<DataTerms>),
    labels: texts(given.labels, labelCode),
    from: time(given.from, null),
    until: time(given.until, null),
  };
}

function provision(given: Written<ConsentException>): ConsentException {
  known(given, { ...UNLIMITED, effect: "PERMIT" });
  const recipients = (given.recipients ?? null) as readonly Partial<RecipientTerms>[] | null;
  for (const each of recipients ?? []) known(each, ANYBODY);
  return {
    ...UNLIMITED,
    ...(given as Partial<ConsentException>),
    effect: given.effect === "DENY" ? "DENY" : "PERMIT",
    recipients: recipients === null ? null : recipients.map((each) => ({ ...ANYBODY, ...each })),
    purposes: texts(given.purposes, purposeCode),
    actions: texts(given.actions, (action) => `http://terminology.hl7.org/CodeSystem/consentaction|${action}`),
    data: dataTerms(given.data as Written<DataTerms> | undefined),
    validFrom: time(given.validFrom, null),
    validUntil: time(given.validUntil, null),
  };
}

const OWN: Pick<
  Consent,
  | "id"
  | "version"
  | "patient"
  | "step"
  | "source"
  | "madeAt"
  | "recordedBy"
  | "recordedAt"
  | "reason"
  | "includeNarrower"
> = {
  id: "c",
  version: 1,
  patient: "ann",
  step: "RECORDED",
  source: { kind: "PORTAL", reference: null },
  madeAt: MADE,
  recordedBy: "portal",
  recordedAt: NOW,
  reason: "a case",
  includeNarrower: false,
};

/** A permission of ann's for anybody, where nothing else is said. */
export function consent(given: Written<Consent> = {}): Consent {
  const { exceptions, areas, links, ...rest } = given;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => name in OWN)) as Partial<Consent>;
  const terms = Object.fromEntries(Object.entries(rest).filter(([name]) => !(name in OWN)));
  return {
    ...OWN,
    ...own,
    ...(areas !== undefined && { areas: areas as readonly string[] }),
    ...(links !== undefined && { links: links as NonNullable<Consent["links"]> }),
    ...provision(terms),
    madeAt: time(given.madeAt, MADE),
    recordedAt: time(given.recordedAt, NOW) ?? NOW,
    exceptions: ((exceptions ?? []) as readonly Written<ConsentException>[]).map(provision),
  };
}

const RESOURCE: ResourceData = {
  kind: "RESOURCE",
  resourceType: "Observation",
  reference: "Observation/o1",
  labels: [],
  categories: statedCodes(undefined),
  codes: statedCodes(undefined),
  madeAt: undefined,
  authors: statedReferences(undefined),
  perhapsAuthors: statedReferences([], true),
  references: statedReferences(undefined),
  referredToBy: undefined,
};

/** As cases write it: what is told of codes and references is a list. */
interface WrittenData {
  readonly kind?: unknown;
  readonly resourceType?: unknown;
  readonly reference?: unknown;
  readonly labels?: unknown;
  readonly categories?: readonly string[];
  readonly codes?: readonly string[];
  readonly madeAt?: unknown;
  readonly authors?: readonly string[];
  readonly perhapsAuthors?: readonly string[];
  /** Of some types, all that there are. */
  readonly references?: readonly string[];
  /** All that there are. */
  readonly allReferences?: readonly string[];
  readonly referredToBy?: readonly string[];
}

const RECIPIENT: ConsentQuestion["recipient"] = {
  clientId: "ehr",
  subject: { id: "doc", type: "user" },
  roles: new Set(),
  organization: "clinic",
  groups: [],
  identifiers: [],
  fhirReferences: [],
  fhirUsers: [],
  namesakes: [],
  who: null,
  linked: new Set(),
  maybe: { groups: [], identifiers: [], careTeam: [], organizations: [], patientRecord: null, roles: [] },
};

function askedData(given: WrittenData | undefined): ResourceData | SetData {
  if (given === undefined) return { kind: "SET", resourceType: "*" };
  if (given.kind === "SET") return { kind: "SET", resourceType: String(given.resourceType ?? "*") };
  known(given, { ...RESOURCE, allReferences: 0 });
  const { allReferences, authors, categories, codes, perhapsAuthors = [], references, ...rest } = given;
  const labels = given.labels === null ? undefined : (texts(given.labels, labelCode) ?? []);
  const [first, last] = (given.madeAt ?? []) as readonly unknown[];
  const madeAt = first === undefined ? undefined : ([time(first, 0) ?? 0, time(last, 0) ?? 0] as const);
  return {
    ...RESOURCE,
    ...(rest as Partial<ResourceData>),
    labels,
    madeAt,
    categories: statedCodes(categories),
    // A category is a code of the resource too.
    codes: { ...statedCodes(codes), codes: statedCodes([...(codes ?? []), ...(categories ?? [])]).codes },
    authors: statedReferences(authors, true),
    perhapsAuthors: statedReferences(perhapsAuthors, true),
    references: allReferences === undefined ? statedReferences(references) : statedReferences(allReferences, true),
  };
}

/** A search of all of ann's data for treatment, by doc of the clinic, where nothing else is said. */
export function question(given: Written<ConsentQuestion> = {}): ConsentQuestion {
  known(given, { patient: 0, recipient: 0, purposes: 0, scope: 0, action: 0, at: 0, area: 0, data: 0 });
  const action = given.action as string | null | undefined;
  const recipient = (given.recipient ?? {}) as Partial<Omit<typeof RECIPIENT, "linked" | "roles">> & {
    readonly linked?: readonly string[];
    readonly roles?: readonly string[];
  };
  known(recipient, RECIPIENT);
  return {
    patient: "ann",
    scope: null,
    ...(given as Partial<ConsentQuestion>),
    recipient: {
      ...RECIPIENT,
      ...recipient,
      roles: new Set(recipient.roles),
      linked: new Set(recipient.linked),
    },
    purposes: texts(given.purposes, purposeCode) ?? [purposeCode("TREAT")],
    action:
      action === undefined || action === null ? null : `http://terminology.hl7.org/CodeSystem/consentaction|${action}`,
    at: time(given.at, NOW) ?? NOW,
    data: askedData(given.data as WrittenData | undefined),
  };
}
