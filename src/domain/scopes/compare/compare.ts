import type { Constraint } from "../atom.ts";
import { canonicalCode } from "../codeSystems.ts";
import { type FhirVersion, type ParameterKind, parameterKind } from "../fhir.ts";
import { type Label, tokenOfLabel } from "../securityLabels.ts";
import { type Compared, type Comparison, metIf, type Prefix, withoutPrefix } from "./comparison.ts";
import { type Span, spanOfDate } from "./instants.ts";
import { compareNumber } from "./number.ts";

/** What is known of one resource, for its comparison with a constraint. */
export interface ComparedResource {
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly labels: readonly Label[] | null;
  /** By search parameter: a text, a number, a boolean, or a list of them; tokens as `system|code`. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** By which the parameters have their types. */
  readonly fhirVersion: FhirVersion;
}

/** ABSENT: the resource has no such attribute; UNKNOWN: it has one, which does not tell. */
export type ConstraintProblem = { readonly parameter: string } & (
  | { readonly is: "ABSENT" | "UNKNOWN" }
  | { readonly is: "UNMET"; readonly values: readonly string[] }
);

/**
 * Only what is the same text is known to be the same: its parts have types of their own, which the definitions give as
 * expressions. FHIR R4, section 3.1.1.4.16, https://hl7.org/fhir/R4/search.html#composite
 */
export function compareComposite(actual: string, wanted: string): Compared {
  return actual === wanted ? "MET" : "UNKNOWN";
}

/** The same, letter by letter. FHIR R4, section 3.1.1.4.14, https://hl7.org/fhir/R4/search.html#uri */
export function compareUri(actual: string, wanted: string): Compared {
  return metIf(actual === wanted);
}

/** Without accents, in capitals (the one case to which every letter has one form, ß included), white space as one space. */
const folded = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase().trim().replace(/\s+/gu, " ");

/**
 * Equal or beginning with it, case and accents aside. Punctuation counts, which FHIR leaves open.
 * FHIR R4, section 3.1.1.4.8, https://hl7.org/fhir/R4/search.html#string
 */
export function compareString(actual: string, wanted: string): Compared {
  return metIf(folded(actual).startsWith(folded(wanted)));
}

const contains = (wanted: Span, actual: Span): boolean => wanted.from <= actual.from && actual.to <= wanted.to;

/** What each prefix asks of the span of the resource's date. */
const HOLDS_OF_DATES: Readonly<Record<Exclude<Prefix, "ap">, (actual: Span, wanted: Span) => boolean>> = {
  eq: (actual, wanted) => contains(wanted, actual),
  ne: (actual, wanted) => !contains(wanted, actual),
  gt: (actual, wanted) => actual.to > wanted.to,
  ge: (actual, wanted) => actual.to > wanted.to || contains(wanted, actual),
  lt: (actual, wanted) => actual.from < wanted.from,
  le: (actual, wanted) => actual.from < wanted.from || contains(wanted, actual),
  sa: (actual, wanted) => actual.from >= wanted.to,
  eb: (actual, wanted) => actual.to <= wanted.from,
};

/**
 * Both are spans as long as they are precise: 2020 is the whole year. How near `ap` is, depends on the time of asking.
 * FHIR R4, sections 3.1.1.4.6 and 3.1.1.4.9, https://hl7.org/fhir/R4/search.html#date
 */
export function compareDate(actual: string, wanted: string): Compared {
  const { prefix, rest } = withoutPrefix(wanted);
  const [a, w] = [spanOfDate(actual), spanOfDate(rest)];
  return a === null || w === null || prefix === "ap" ? "UNKNOWN" : metIf(HOLDS_OF_DATES[prefix](a, w));
}

interface Reference {
  /** Of an absolute one, the base of its server; null: the server at hand. */
  readonly base: string | null;
  /** Null: it is an id alone. */
  readonly type: string | null;
  readonly id: string;
  readonly version: string | null;
}

const ID = "[A-Za-z0-9.-]{1,64}";
const REFERENCE = new RegExp(`^(?:(?:([a-z][a-z0-9+.-]*:.+)/)?([A-Z][A-Za-z]+)/)?(${ID})(?:/_history/(${ID}))?$`);

/** Null: a URN, a canonical URL, or what else points at no resource of a FHIR server. */
function readReference(text: string): Reference | null {
  const [whole, base = null, type = null, id = "", version = null] = REFERENCE.exec(text) ?? [];
  return whole === undefined ? null : { base, type, id, version };
}

/** Whether two parts are the same; UNKNOWN where one of them is not said. */
const same = (a: string | null, b: string | null): Compared =>
  a === b ? "MET" : a === null || b === null ? "UNKNOWN" : "UNMET";

/**
 * `id` (of any type), `Type/id` or an absolute URL, with the version of either. Whether an absolute URL is that of a
 * resource of this server, and which type an id alone is of, can't be told. A URL with `|version` (canonical) is
 * compared without it. FHIR R4, section 3.1.1.4.12, https://hl7.org/fhir/R4/search.html#reference
 */
export function compareReference(actual: string, wanted: string): Compared {
  if (actual === wanted) return "MET";
  const [a, w] = [readReference(actual), readReference(wanted)];
  if (a === null || w === null) return metIf(actual.startsWith(`${wanted}|`));
  if (a.id !== w.id) return "UNMET";
  const parts: Compared[] = [
    w.type === null ? "MET" : same(a.type, w.type),
    same(a.base, w.base),
    w.version === null ? "MET" : same(a.version, w.version),
  ];
  return parts.find((part) => part === "UNMET") ?? parts.find((part) => part === "UNKNOWN") ?? "MET";
}

interface Quantity {
  readonly number: string;
  /** Null: no unit is said. */
  readonly unit: { readonly system: string; readonly code: string } | null;
}

function readQuantity(text: string): Quantity | null {
  const [number = "", system, code, ...more] = text.split("|");
  if (system === undefined) return { number, unit: null };
  return code === undefined || code === "" || more.length > 0 ? null : { number, unit: { system, code } };
}

/** Whether the unit is the wanted one: `||code` is of any system. Units are not converted. */
function isSameUnit(actual: Quantity["unit"], wanted: Quantity["unit"]): boolean {
  if (wanted === null) return true;
  if (actual === null || actual.code !== wanted.code) return false;
  return wanted.system === "" || actual.system === wanted.system;
}

/**
 * `5.4|system|code`, `5.4||unit` or `5.4`, with a prefix as for numbers. Quantities in other units than the wanted one, or
 * in none, can't be compared. FHIR R4, section 3.1.1.4.13, https://hl7.org/fhir/R4/search.html#quantity
 */
export function compareQuantity(actual: string, wanted: string): Compared {
  const [a, w] = [readQuantity(actual), readQuantity(wanted)];
  if (a === null || w === null || !isSameUnit(a.unit, w.unit)) return "UNKNOWN";
  return compareNumber(a.number, w.number);
}

/**
 * `system|code`, `|code` (a code without a system) or `code`: compared with the same, with `code` (of any system) or with
 * `system|` (any code of it), letter by letter. A bare code of the resource does not say its system, and so does not
 * tell where one is asked for. FHIR R4, section 3.1.1.4.10, https://hl7.org/fhir/R4/search.html#token
 */
export function compareToken(actual: string, wanted: string): Compared {
  if (actual === wanted && actual !== "") return "MET";
  const bar = actual.indexOf("|");
  const code = actual.slice(bar + 1);
  if (code === "" || code.includes("|")) return "UNKNOWN";
  const wantedBar = wanted.indexOf("|");
  const wantedCode = wanted.slice(wantedBar + 1);
  // An actual that is equal has been answered: what is left has no system, or another one.
  if (wantedBar < 0) return metIf(code === wanted);
  if (bar < 0) return wantedCode === "" || wantedCode === code ? "UNKNOWN" : "UNMET";
  return metIf(wantedCode === "" && actual.slice(0, bar) === wanted.slice(0, wantedBar));
}

const COMPARISONS: Readonly<Record<ParameterKind, Comparison>> = {
  token: compareToken,
  reference: compareReference,
  string: compareString,
  uri: compareUri,
  date: compareDate,
  number: compareNumber,
  quantity: compareQuantity,
  composite: compareComposite,
};

/** The text of a value of the resource that is compared by this type, or null if it has none. */
function textOf(value: unknown, kind: ParameterKind): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return kind === "token" ? String(value) : null;
  return typeof value === "number" && (kind === "number" || kind === "quantity") ? String(value) : null;
}

/** What the resource has under a parameter; undefined: nothing. */
function valueUnder(resource: ComparedResource, parameter: string): unknown {
  if (parameter === "_id") return resource.resourceId ?? undefined;
  if (parameter === "_security") return resource.labels ?? undefined;
  return Object.hasOwn(resource.attributes, parameter) ? (resource.attributes[parameter] ?? null) : undefined;
}

/** The texts of a value, or null if there is anything else: one odd item may be the one that matters. */
function textsOf(value: unknown, kind: ParameterKind): readonly string[] | null {
  const texts: string[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const text = textOf(item, kind);
    if (text === null) return null;
    texts.push(text);
  }
  return texts;
}

/** One value that is one of those wanted is enough. */
function compareAny(actual: readonly string[], wanted: readonly string[], comparison: Comparison): Compared {
  let found: Compared = "UNMET";
  for (const value of actual) {
    for (const one of wanted) {
      const compared = comparison(value, one);
      if (compared === "MET") return "MET";
      if (compared === "UNKNOWN") found = "UNKNOWN";
    }
  }
  return found;
}

/** A label of the resource, as a token: HL7's own have their system, so that another system's R is never R. */
export function compareLabel(actual: string, wanted: string): Compared {
  return compareToken(tokenOfLabel(actual), wanted.includes("|") ? canonicalCode(wanted) : tokenOfLabel(wanted));
}

/**
 * Why a resource does not meet a constraint, or can't be seen to, or null. Each parameter is compared by its type:
 * docs/scopes.md, "A constrained scope and a request". `_id` is the id of the resource, `_security` its labels.
 * @param resourceType of the atom: `*`, or that of the resource.
 */
export function constraintProblem(
  constraint: Constraint,
  resourceType: string,
  resource: ComparedResource,
): ConstraintProblem | null {
  for (const { parameter, values } of constraint) {
    const value = valueUnder(resource, parameter);
    if (value === undefined) return { is: "ABSENT", parameter };
    const kind = parameterKind(resourceType, parameter, resource.fhirVersion);
    const texts = kind === null ? null : textsOf(value, kind);
    if (kind === null || texts === null) return { is: "UNKNOWN", parameter };
    const compared = compareAny(texts, values, parameter === "_security" ? compareLabel : COMPARISONS[kind]);
    if (compared === "UNKNOWN") return { is: "UNKNOWN", parameter };
    if (compared === "UNMET") return { is: "UNMET", parameter, values };
  }
  return null;
}
