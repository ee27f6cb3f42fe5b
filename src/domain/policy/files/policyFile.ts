import type { PolicyOperation } from "../operations.ts";
import { type FileProblem, FileReader, type Place, type Yaml } from "./fileReader.ts";
import { POLICY_FILE } from "./policyShapes.ts";

/** What policy files say. */
export interface PolicyFiles {
  readonly operations: readonly PolicyOperation[];
  /** Where each operation stands; the index is that of `operations`. */
  readonly places: readonly Place[];
}

/** Reads one file's text. Item `i` of its list is `operations[i]` in the paths of problems and places. */
export function parsePolicyFile(
  file: string,
  text: string,
  yaml: Yaml,
): { readonly files: PolicyFiles; readonly problems: readonly FileProblem[] } {
  const reader = new FileReader(file, text, yaml);
  const none = { files: { operations: [], places: [] }, problems: reader.problems };
  if (reader.problems.length > 0) return none;
  const read = POLICY_FILE.read(reader)(reader.data ?? {}, "");
  if (read === null || reader.problems.length > 0) return none;
  const { operations } = read;
  const places = operations.map((_, i) => reader.place(`operations[${i}]`));
  return { files: { operations, places }, problems: [] };
}
