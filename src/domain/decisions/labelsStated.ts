import { codeOfLabel, type Label, labelsOf } from "../scopes/securityLabels.ts";
import type { JsonObject } from "./types.ts";

/** The search parameters of FHIR R4 for labels, `_security` of all types; and the name that labels have here. */
const NAMES = ["_security", "security-label", "labels"] as const;

/** Whether attributes of a resource say labels of it. */
export const saysLabels = (attributes: JsonObject | null): boolean =>
  attributes !== null && NAMES.some((name) => (attributes[name] ?? null) !== null);

/** A label of an attribute: a text, a Coding or a CodeableConcept; anything else as its JSON, of which refusals read the words. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  const { code, coding, system } = (value ?? {}) as { readonly [name: string]: unknown };
  if (Array.isArray(coding)) return coding.flatMap(textsOf);
  if (typeof code !== "string") return value === null ? [] : [JSON.stringify(value)];
  return [typeof system === "string" ? `${system}|${code}` : code];
}

/** The labels of a resource for consents: its own, and those that are said of it as attributes; undefined: none are said. */
export function labelsAsked(
  labels: readonly Label[] | null,
  sources: readonly (JsonObject | null)[],
): readonly string[] | undefined {
  const telling = sources.filter(saysLabels);
  if (telling.length === 0) return labels === null ? undefined : labels.map(codeOfLabel);
  const said = telling.flatMap((attributes) => NAMES.flatMap((name) => textsOf(attributes?.[name] ?? [])));
  return [...new Set([...(labels ?? []), ...labelsOf(said)])].map(codeOfLabel);
}
