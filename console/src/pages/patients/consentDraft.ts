import type { RecordConsentInput } from "../../generated/schema.ts";
import type { Said } from "./consentSentence.ts";

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
  CLIENT: { name: "An app or system", member: "clientId", label: "Client's id" },
  PERSON: { name: "A person", member: "subjectId", label: "Person's id" },
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

export const EMPTY_DRAFT: ConsentDraft = { effect: "", who: "ANYONE", whoId: "", purpose: "", data: "ALL", dataNames: "", but: [], from: "", until: "" };

const namesOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((name) => name !== "");

/** The members of the input that say whom, what and for what; times are the page's. */
export function saidInput(draft: ConsentDraft): Partial<RecordConsentInput> {
  const who = WHO[draft.who].member;
  const data = DATA[draft.data].member;
  const names = namesOf(draft.dataNames);
  return {
    ...(who === "roles" ? { roles: namesOf(draft.whoId) } : who !== null && { [who]: draft.whoId.trim() }),
    ...(data !== null && { [data]: names }),
    ...(draft.purpose !== "" && { purposes: [draft.purpose] }),
    ...(draft.effect === "PERMIT" && draft.but.length > 0 && { exceptions: [{ labels: [...draft.but] }] }),
  };
}

const NOBODY = { clientId: null, subjectId: null, subjectType: null, role: null, organization: null, group: null, identifier: null };

/** The draft as sentences are made of it. */
export function saidDraft(draft: ConsentDraft): Said {
  const { clientId = null, labels = null, organization = null, purposes = null, resourceTypes = null, roles, scopes = null, subjectId = null } = saidInput(draft);
  const recipients = roles != null ? roles.map((role) => ({ ...NOBODY, role })) : draft.who === "ANYONE" ? null : [{ ...NOBODY, clientId, organization, subjectId }];
  return {
    effect: draft.effect === "DENY" ? "DENY" : "PERMIT",
    ...{ recipients, scopes, purposes, resourceTypes, labels },
    ...{ actions: null, categories: null, codes: null, references: null, authors: null, dataFrom: null, dataUntil: null },
  };
}

/** What is kept back, as sentences are made of it. */
export const saidBut = (draft: ConsentDraft): Said | null =>
  draft.effect !== "PERMIT" || draft.but.length === 0 ? null : { ...saidDraft({ ...EMPTY_DRAFT, effect: "DENY" }), labels: draft.but };
