import { purposesAsked } from "../../src/domain/consent/hl7Codes.ts";
import { type Purpose, purposeOf } from "../../src/domain/scopes/purposes.ts";
import { codeOfLabel, type Label, labelOf, labelsOf } from "../../src/domain/scopes/securityLabels.ts";

/** A purpose as the reader of a question makes it. */
export function purpose(text: string): Purpose;
export function purpose(text: string | null): Purpose | null;
export function purpose(text: string | null): Purpose | null {
  return text === null ? null : purposeOf(text);
}
/** Labels as the reader of a question makes them. */
export const labels = (texts: readonly string[]): readonly Label[] => labelsOf(texts);

/** A purpose, or a label, as consents name it: `system|code`. */
export const purposeCode = (text: string): string => purposesAsked(purposeOf(text))[0] ?? text;
export const labelCode = (text: string): string => codeOfLabel(labelOf(text));
