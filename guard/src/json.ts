import { isLosslessNumber, parse, stringify } from "lossless-json";

export type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);

/** A resource as it was sent, and with plain numbers, for who reads values: `1.50` is a precision in FHIR (R4, section 2.24.0.1), and 1.5 in JavaScript. */
export interface Resource {
  readonly sent: Members;
  readonly plain: Members;
}

/** Own members alone: what was written as `__proto__` is nobody's. */
function plainOf(value: unknown): unknown {
  if (isLosslessNumber(value)) return Number(value.value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainOf(each)]));
}

/** @throws Error for what is no JSON, or names a member twice: two readers could see two resources in it. */
export function parseJson(text: string): unknown {
  return parse(text, null, {
    onDuplicateKey: ({ key }) => {
      throw new SyntaxError(`a member stands twice (${key.slice(0, 40)})`);
    },
  });
}

/** Null: it is no resource of FHIR. */
export function asResource(value: unknown): Resource | null {
  if (!isMembers(value) || typeof value.resourceType !== "string") return null;
  const plain = plainOf(value) as Members;
  return typeof plain.resourceType === "string" ? { sent: value, plain } : null;
}

export const writeJson = (value: unknown): string => stringify(value) as string;
