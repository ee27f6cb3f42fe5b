import type { ConsentQuestionInput, RecordConsentInput } from "../../generated/schema.ts";
import { codeOf, USUAL_PURPOSES } from "../../ui/codeWords.ts";
import { personOf, personText } from "../../ui/people/personText.ts";
import type { Said, SaidRecipient } from "./consentSentence.ts";

/** What the form has, as it stands in its fields. */
export interface ConsentDraft {
  readonly effect: string;
  readonly who: keyof typeof WHO;
  readonly whoId: string;
  /** A code of HL7's purposes of use; "": any. */
  readonly purpose: string;
  readonly data: keyof typeof DATA;
  /** Names of what `data` says, with commas or blanks between. */
  readonly dataNames: string;
  /** Labels of what is kept back. */
  readonly but: readonly string[];
  readonly from: string;
  readonly until: string;
}

/** Whom a consent is for: the member of the input, and what the field is called. */
export const WHO = {
  ANYONE: { name: "Anyone", member: null, label: "" },
  CLIENT: { name: "An app or system", member: "clientId", label: "App or system" },
  PERSON: { name: "A person", member: "subjectId", label: "Person" },
  ORGANIZATION: { name: "An organization", member: "organization", label: "Organization's id" },
  ROLE: { name: "A role", member: "roles", label: "Role" },
} as const;

/** Which data: the member of the input, and what the field is called. */
export const DATA = {
  ALL: { name: "All data", member: null, label: "" },
  SCOPES: { name: "What a scope reaches", member: "scopes", label: "Scopes" },
  TYPES: { name: "Some types of data", member: "resourceTypes", label: "Types" },
  LABELS: { name: "Specially protected data", member: "labels", label: "Labels" },
} as const;

/** What a form may keep back, by its label. */
export const KEPT_BACK = { PSYTHPN: "Psychotherapy notes", SUD: "Substance use records", HIV: "HIV data" } as const;

export const EMPTY_DRAFT: ConsentDraft = {
  effect: "",
  who: "ANYONE",
  whoId: "",
  purpose: "",
  data: "ALL",
  dataNames: "",
  but: [],
  from: "",
  until: "",
};

export const namesOf = (text: string): readonly string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** A question to a consent, as it stands in its fields. */
export interface QuestionDraft {
  readonly person: string;
  readonly clientId: string;
  readonly action: string;
  readonly purpose: string;
  readonly resourceType: string;
  /** Of the data; "": not known. */
  readonly label: string;
}
export const EMPTY_QUESTION: QuestionDraft = {
  ...{ person: "", clientId: "", action: "read", purpose: "TREAT", resourceType: "Observation", label: "N" },
};

export const questionInput = (draft: QuestionDraft): ConsentQuestionInput => ({
  ...(draft.person !== "" && { subject: personOf(draft.person) }),
  ...(draft.clientId !== "" && { clientId: draft.clientId }),
  ...(draft.purpose !== "" && { purposeOfUse: draft.purpose }),
  action: draft.action,
  resource: { type: draft.resourceType.trim(), ...(draft.label !== "" && { labels: [draft.label] }) },
});

/** The members of the input that say whom, what and for what; times are the page's. */
export function saidInput(draft: ConsentDraft): Partial<RecordConsentInput> {
  const who = WHO[draft.who].member;
  const data = DATA[draft.data].member;
  const names = namesOf(draft.dataNames);
  const person = personOf(draft.whoId);
  return {
    ...(who === "roles"
      ? { roles: namesOf(draft.whoId) }
      : who === "subjectId"
        ? { subjectId: person.id, ...(person.type !== "user" && { subjectType: person.type }) }
        : who !== null && { [who]: draft.whoId.trim() }),
    ...(data !== null && { [data]: names }),
    ...(draft.purpose !== "" && { purposes: [draft.purpose] }),
    ...(draft.effect === "PERMIT" && draft.but.length > 0 && { exceptions: [{ labels: [...draft.but] }] }),
  };
}

const NOBODY = {
  clientId: null,
  subjectId: null,
  subjectType: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
};

/** The draft as sentences are made of it. */
export function saidDraft(draft: ConsentDraft): Said {
  const {
    clientId = null,
    labels = null,
    organization = null,
    purposes = null,
    resourceTypes = null,
    roles,
    scopes = null,
    subjectId = null,
    subjectType = null,
  } = saidInput(draft);
  const recipients =
    roles != null
      ? roles.map((role) => ({ ...NOBODY, role }))
      : draft.who === "ANYONE"
        ? null
        : [{ ...NOBODY, clientId, organization, subjectId, subjectType }];
  return {
    effect: draft.effect === "DENY" ? "DENY" : "PERMIT",
    ...{ recipients, scopes, purposes, resourceTypes, labels },
    ...{
      actions: null,
      categories: null,
      codes: null,
      references: null,
      authors: null,
      dataFrom: null,
      dataUntil: null,
    },
  };
}

/** What is kept back, as sentences are made of it. */
export const saidBut = (draft: ConsentDraft): Said | null =>
  draft.effect !== "PERMIT" || draft.but.length === 0
    ? null
    : { ...saidDraft({ ...EMPTY_DRAFT, effect: "DENY" }), labels: draft.but };

/** A consent as it is on record. */
interface Recorded {
  readonly terms: Said & { readonly validFrom: string | null; readonly validUntil: string | null };
  readonly exceptions: readonly { readonly terms: Said; readonly grantId: string | null }[];
  readonly answers: string | null;
  readonly includeNarrower: boolean;
}

const isOnly = (of: object, names: readonly string[]): boolean =>
  Object.entries(of).every(([name, value]) => value === null || names.includes(name));

function whoOf(recipients: readonly SaidRecipient[] | null): Pick<ConsentDraft, "who" | "whoId"> | null {
  const [first] = recipients ?? [];
  if (recipients === null || first === undefined) return { who: "ANYONE", whoId: "" };
  if (recipients.every((each) => isOnly(each, ["role"])))
    return { who: "ROLE", whoId: recipients.map(({ role }) => role).join(", ") };
  if (recipients.length > 1) return null;
  if (first.clientId !== null && isOnly(first, ["clientId", "client"])) return { who: "CLIENT", whoId: first.clientId };
  if (first.organization !== null && isOnly(first, ["organization"]))
    return { who: "ORGANIZATION", whoId: first.organization };
  if (first.subjectId === null || !isOnly(first, ["subjectId", "subjectType"])) return null;
  const whoId = personText(first.subjectId, first.subjectType);
  const { id, type } = personOf(whoId);
  return id === first.subjectId && type === (first.subjectType ?? "user") ? { who: "PERSON", whoId } : null;
}

const MORE_DATA = ["actions", "categories", "codes", "references", "authors", "dataFrom", "dataUntil"] as const;

/** The draft that says the same, its period apart; null: it says more than the form has, and would lose it. */
export function draftOf({ answers, exceptions, includeNarrower, terms }: Recorded): ConsentDraft | null {
  const { effect, labels, purposes, recipients, resourceTypes, scopes } = terms;
  const who = whoOf(recipients);
  const data = (
    [
      ["SCOPES", scopes],
      ["TYPES", resourceTypes],
      ["LABELS", labels?.map(codeOf) ?? null],
    ] as const
  ).filter(([, names]) => names !== null);
  const purpose = codeOf(purposes?.[0] ?? "");
  const [exception] = exceptions;
  const but = exception?.terms.labels?.map(codeOf) ?? [];
  const isSaid =
    who !== null &&
    data.length <= 1 &&
    MORE_DATA.every((name) => terms[name] === null) &&
    (purposes === null || (purposes.length === 1 && USUAL_PURPOSES.some((usual) => usual === purpose))) &&
    (exceptions.length === 0 ||
      (exceptions.length === 1 &&
        effect === "PERMIT" &&
        exception?.grantId === null &&
        isOnly(exception.terms, ["effect", "labels"]) &&
        but.length > 0 &&
        but.every((label) => label in KEPT_BACK))) &&
    answers === null &&
    !includeNarrower;
  if (!isSaid) return null;
  const [[kind, names] = ["ALL", [] as readonly string[]] as const] = data;
  return { ...EMPTY_DRAFT, ...who, effect, purpose, but, data: kind, dataNames: (names ?? []).join(", ") };
}
