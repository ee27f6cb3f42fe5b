import { isMembers, type Members } from "../answers.ts";

/** The texts by which one element is compared, as a search parameter has them; null: it can't be said so. */
export type Texts = readonly string[] | null;

const textOf = (value: unknown): Texts => (typeof value === "string" && value !== "" ? [value] : null);

/** Beyond this a number of JSON is not what was written. */
const EXACT_DIGITS = 15;

/** A number as it was written, as a text; null: it was read inexactly, or may have been. */
function numberOf(value: unknown): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  const text = String(value);
  const digits = text.replace(/e.*$/, "").replace(/[-.]/g, "").replace(/^0+/, "");
  return digits.length > EXACT_DIGITS ? null : text.replace("e+", "e");
}

const token = (system: unknown, code: unknown): Texts => {
  if (typeof code !== "string" || code === "" || code.includes("|")) return null;
  if (system === undefined) return [code];
  // A system with a bar in it could pass for another system and the beginning of a code.
  return typeof system === "string" && system !== "" && !system.includes("|") ? [`${system}|${code}`] : null;
};

/** All of them, or null where one can't be said. */
function all(values: readonly unknown[], read: (value: unknown) => Texts): Texts {
  const texts: string[] = [];
  for (const value of values) {
    const some = read(value);
    if (some === null) return null;
    texts.push(...some);
  }
  return texts;
}

const members =
  (read: (element: Members) => Texts) =>
  (value: unknown): Texts =>
    isMembers(value) ? read(value) : null;

const coding = members(({ code, system }) => token(system, code));
const concept = members(({ coding: codings }) =>
  Array.isArray(codings) && codings.length > 0 ? all(codings, coding) : null,
);

function quantity({ code, comparator, system, unit, value }: Members): Texts {
  const number = numberOf(value);
  // "Less than 5" is no number to compare.
  if (number === null || comparator !== undefined) return null;
  if (code === undefined)
    return unit === undefined ? [number] : typeof unit === "string" ? text(number, "", unit) : null;
  return typeof code === "string" && (system === undefined || typeof system === "string")
    ? text(number, system ?? "", code)
    : null;
}
const text = (number: string, system: string, code: string): Texts =>
  code === "" || `${system}${code}`.includes("|") ? null : [`${number}|${system}|${code}`];

/** Whatever of these it has: each is a text, or a list of them. */
const parts = (...names: readonly string[]) =>
  members((element) =>
    all(
      names.flatMap((name) => element[name] ?? []),
      textOf,
    ),
  );

const number = (value: unknown): Texts => {
  const read = numberOf(value);
  return read === null ? null : [read];
};

/** By FHIR's type of an element. Those that are not here (Period, Range, Timing ...) have no text that says them whole. */
const READ: Readonly<Record<string, (value: unknown) => Texts>> = {
  Address: parts("text", "line", "city", "district", "state", "postalCode", "country"),
  Age: members(quantity),
  CodeableConcept: concept,
  Coding: coding,
  ContactPoint: members(({ value }) => textOf(value)),
  Count: members(quantity),
  Distance: members(quantity),
  Duration: members(quantity),
  HumanName: parts("text", "family", "given", "prefix", "suffix"),
  Identifier: members(({ system, value }) => token(system, value)),
  Money: members(({ currency, value }) =>
    quantity({ value, ...(currency !== undefined && { system: "urn:iso:std:iso:4217", code: currency }) }),
  ),
  Quantity: members(quantity),
  SimpleQuantity: members(quantity),
  boolean: (value) => (typeof value === "boolean" ? [String(value)] : null),
  canonical: textOf,
  code: textOf,
  date: textOf,
  dateTime: textOf,
  decimal: number,
  id: textOf,
  instant: textOf,
  integer: number,
  markdown: textOf,
  oid: textOf,
  positiveInt: number,
  string: textOf,
  unsignedInt: number,
  uri: textOf,
  url: textOf,
  uuid: textOf,
};

export const textsOf = (type: string, value: unknown): Texts =>
  Object.hasOwn(READ, type) ? (READ[type]?.(value) ?? null) : null;
