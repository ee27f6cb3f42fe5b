import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { isObject, type Members } from "../../kernel/reader.ts";
import { type CodeKind, codeOf } from "../codes.ts";
import { DATA_MEANINGS, type DataReference, type DataTerms, type RecipientTerms } from "../types.ts";
import { type FhirExtension, OTHER_TERMS } from "./fhirConsent.ts";
import type { FhirReader } from "./fhirReader.ts";

/** What a provision says, but for its effect: members of the data stand beside the others. */
export interface FlatTerms extends DataTerms {
  readonly recipients: readonly RecipientTerms[] | null;
  readonly scopes: readonly string[] | null;
  readonly purposes: readonly string[] | null;
  readonly actions: readonly string[] | null;
  readonly validFrom: number | null;
  readonly validUntil: number | null;
  /** Of an exception: the grant for which it is one. */
  readonly grantId: string | null;
  /** Of the whole: the consent request that it answers. */
  readonly answers: string | null;
}

type Name = keyof FlatTerms;

/** What each member is: this table is the list of them. */
const KINDS = {
  recipients: "recipients",
  scopes: "texts",
  purposes: "texts",
  actions: "texts",
  validFrom: "time",
  validUntil: "time",
  resourceTypes: "texts",
  categories: "texts",
  labels: "texts",
  codes: "texts",
  references: "references",
  authors: "texts",
  from: "time",
  until: "time",
  grantId: "text",
  answers: "text",
} as const satisfies Record<Name, "recipients" | "text" | "texts" | "time" | "references">;

/** The names, in order. */
export const TERMS = Object.keys(KINDS) as readonly Name[];

const RECIPIENT = {
  clientId: "text",
  subject: "subject",
  role: "text",
  organization: "text",
  group: "text",
  identifier: "text",
} as const satisfies Record<keyof RecipientTerms, "text" | "subject">;

const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const hasJust = (value: Members, names: readonly string[]): boolean =>
  Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));

const isSubject = (value: unknown): boolean =>
  value === null || (isObject(value) && hasJust(value, ["id", "type"]) && isText(value.id) && isText(value.type));

const isRecipient = (value: unknown): value is RecipientTerms =>
  isObject(value) &&
  hasJust(value, Object.keys(RECIPIENT)) &&
  Object.entries(RECIPIENT).every(([name, kind]) =>
    kind === "subject" ? isSubject(value[name]) : isTextOrNull(value[name]),
  );

const isReference = (value: unknown): value is DataReference =>
  isObject(value) &&
  hasJust(value, ["meaning", "reference"]) &&
  DATA_MEANINGS.some((meaning) => meaning === value.meaning) &&
  isText(value.reference);

const isListOf = (value: unknown, isOne: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isOne);

const IS: { readonly [K in (typeof KINDS)[Name]]: (value: unknown) => boolean } = {
  text: isText,
  texts: (value) => isListOf(value, isText),
  recipients: (value) => isListOf(value, isRecipient),
  references: (value) => isListOf(value, isReference),
  time: Number.isSafeInteger,
};

function parsed(text: string): Members | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Codes stand in the one form in which they are compared. */
const CODES = {
  purposes: "purpose",
  actions: "action",
  categories: "other",
  labels: "label",
  codes: "other",
} as const satisfies Partial<Record<Name, CodeKind>>;

function inOneForm(terms: Partial<FlatTerms>): Partial<FlatTerms> {
  const codes = Object.entries(CODES).flatMap(([name, kind]) => {
    const values = terms[name as keyof typeof CODES] ?? null;
    return Array.isArray(values) ? [[name, values.map((text: string) => codeOf(kind, text))] as const] : [];
  });
  return { ...terms, ...Object.fromEntries(codes) };
}

/** What a provision says where FHIR R4 has no place; empty: nothing. */
export function readOtherTerms(read: FhirReader, members: Members, path: string): Partial<FlatTerms> {
  const text = read.modifier(members, path, OTHER_TERMS);
  if (text === undefined) return {};
  const at = `${path}.modifierExtension`;
  const terms = typeof text === "string" ? parsed(text) : null;
  if (terms === null) {
    read.problem(at, `${OTHER_TERMS} must have a JSON object as valueString`);
    return {};
  }
  for (const [name, value] of Object.entries(terms)) {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name as Name] : null;
    if (kind === null) read.problem(at, `${OTHER_TERMS} has a member ${name}, which is not known`);
    else if (!IS[kind](value)) read.problem(at, `${name} in ${OTHER_TERMS} is not what it must be`);
  }
  return inOneForm(terms as Partial<FlatTerms>);
}

/** The extension that says this; empty: there is nothing to say. */
export function writeOtherTerms(terms: Partial<FlatTerms>): readonly FhirExtension[] {
  if (Object.keys(terms).length === 0) return [];
  return [{ url: OTHER_TERMS, valueString: canonicalJson(terms as Json) }];
}
