/** UNKNOWN: what the resource has does not tell. */
export type Compared = "MET" | "UNMET" | "UNKNOWN";

/** Whether one value of a resource is what a value of a constraint asks for. */
export type Comparison = (actual: string, wanted: string) => Compared;

export const metIf = (condition: boolean): Compared => (condition ? "MET" : "UNMET");

/** How a value of a constraint on a date, number or quantity is compared (FHIR R4, section 3.1.1.4.6). */
export type Prefix = "eq" | "ne" | "gt" | "lt" | "ge" | "le" | "sa" | "eb" | "ap";

const PREFIX = /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)/;

/** A value without its prefix, which is `eq` where there is none. */
export function withoutPrefix(wanted: string): { readonly prefix: Prefix; readonly rest: string } {
  const prefix = (PREFIX.exec(wanted)?.[0] ?? null) as Prefix | null;
  return prefix === null ? { prefix: "eq", rest: wanted } : { prefix, rest: wanted.slice(2) };
}
