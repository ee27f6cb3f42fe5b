import type { Members, Reader } from "../../domain/kernel/reader.ts";

/** The way to a claim: names from the outermost object inwards. */
export type ClaimPath = readonly string[];

export function readRequired(read: Reader, value: unknown, path: string): string | null {
  const text = read.string(value, path);
  return text === "" ? read.problem(path, "must not be empty") : text;
}

/** One name, or a list of several. */
export function readNames(
  read: Reader,
  value: unknown,
  path: string,
  expected = "must be the name of a claim, or a list of names",
): readonly string[] | null {
  const names = typeof value === "string" ? [value] : (read.optionalStrings(value, path) ?? []);
  return names.length === 0 || names.includes("") ? read.problem(path, expected) : names;
}

export function refuseOthers(read: Reader, of: Members, known: readonly string[], path: string): void {
  for (const name of Object.keys(of).filter((name) => !known.includes(name)))
    read.problem(`${path}.${name}`, `is not known here; known are ${known.join(", ")}`);
}

/** `realm_access.roles`, or a list where a name has a dot in it. */
export function readPath(read: Reader, value: unknown, path: string): ClaimPath {
  if (Array.isArray(value)) return readNames(read, value, path) ?? [];
  return readRequired(read, value, path)?.split(".") ?? [];
}
