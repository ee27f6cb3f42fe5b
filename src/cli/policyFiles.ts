import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyOperation } from "../domain/policy/operations.ts";
import { badUsage, CliError, EXIT } from "./exit.ts";
import { POLICY_FILE } from "./policyShapes.ts";
import { type FileProblem, type Place, printFileProblem, YamlReader } from "./yamlReader.ts";

/** Everything that is wrong with policy files, each with its file, line and path. */
export class PolicyFilesError extends CliError {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[], what = "The policy files are not valid:") {
    const lines = problems.map((problem) => `  ${printFileProblem(problem)}`);
    super(EXIT.badInput, what, ...lines);
    this.name = "PolicyFilesError";
    this.problems = problems;
  }
}

export interface PolicyFiles {
  readonly operations: readonly PolicyOperation[];
  /** Where each operation stands; the index is that of `operations`. */
  readonly places: readonly Place[];
}

/** Policy files are written by hand; what is larger than this is something else. */
const MAX_BYTES = 16 * 1024 * 1024;

const wholeFile = (file: string, message: string): FileProblem => ({ file, line: 1, column: 1, path: "", message });

/** The text of one file, or what is wrong with it. */
async function textOf(dir: string, file: string): Promise<string | FileProblem> {
  const path = join(dir, file);
  const facts = await stat(path);
  if (!facts.isFile()) return wholeFile(file, "must be a file");
  if (facts.size > MAX_BYTES) return wholeFile(file, `must have at most ${MAX_BYTES} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) return wholeFile(file, "must be UTF-8 text");
    throw error;
  }
}

/** Reads one file's text. Item `i` of its list is `operations[i]` in the paths of problems and places. */
export function parsePolicyFile(
  file: string,
  text: string,
): { readonly files: PolicyFiles; readonly problems: readonly FileProblem[] } {
  const yaml = new YamlReader(file, text);
  const none = { files: { operations: [], places: [] }, problems: yaml.problems };
  if (yaml.problems.length > 0) return none;
  const read = POLICY_FILE.read(yaml)(yaml.data ?? {}, "");
  if (read === null) return none;
  const { operations } = read;
  const places = operations.map((_, i) => yaml.place(`operations[${i}]`));
  return { files: { operations, places }, problems: [] };
}

/**
 * Reads the `.yaml` and `.yml` files of a folder, in the order of their names, as one list. Other files and folders
 * are left alone.
 * @throws PolicyFilesError with every problem of every file; what the file system throws.
 */
export async function loadPolicyFiles(dir: string): Promise<PolicyFiles> {
  const names = (await readdir(dir)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const problems: FileProblem[] = names.length === 0 ? [wholeFile(dir, "must have at least one .yaml file")] : [];
  const operations: PolicyOperation[] = [];
  const places: Place[] = [];
  for (const name of names) {
    const text = await textOf(dir, name);
    if (typeof text !== "string") {
      problems.push(text);
      continue;
    }
    const parsed = parsePolicyFile(name, text);
    problems.push(...parsed.problems);
    operations.push(...parsed.files.operations);
    places.push(...parsed.files.places);
  }
  if (problems.length > 0) throw new PolicyFilesError(problems);
  return { operations, places };
}

/** As `loadPolicyFiles`, of a folder that somebody named. @throws CliError for what is no folder, too */
export async function loadPolicyFolder(dir: string): Promise<PolicyFiles> {
  try {
    return await loadPolicyFiles(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      throw badUsage(`${dir} is not a folder. Name one that holds policy files.`);
    throw error;
  }
}

/** The operations of a folder's policy files, in the order of files and lines. @throws as `loadPolicyFiles` does. */
export async function readPolicyFiles(dir: string): Promise<PolicyOperation[]> {
  return [...(await loadPolicyFiles(dir)).operations];
}
