import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Problem, ScopewardenError } from "../domain/kernel/errors.ts";
import { type FileProblem, type Place, printFileProblem } from "../domain/policy/files/fileReader.ts";
import { type PolicyFiles, parsePolicyFile } from "../domain/policy/files/policyFile.ts";
import { type PolicyPlan, planPolicy, planProblems } from "../domain/policy/files/policyPlan.ts";
import type { PolicyOperation } from "../domain/policy/operations.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import { yaml } from "../yaml/yaml.ts";
import { badUsage, CliError, EXIT } from "./exit.ts";

/** Everything that is wrong with policy files, each with its file, line and path. */
export class PolicyFilesError extends CliError {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[], what = "The policy files are not valid:") {
    super(EXIT.badInput, what, ...problems.map((problem) => `  ${printFileProblem(problem)}`));
    this.name = "PolicyFilesError";
    this.problems = problems;
  }
}

const CANT_CHANGE = "The policy can't be changed so:";

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
    const parsed = parsePolicyFile(name, text, yaml);
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

/** A change that is refused, by file and line. */
export const badChange = (problems: readonly Problem[], places: PolicyPlan["places"], what = CANT_CHANGE): CliError =>
  badUsage(what, ...planProblems(problems, places).map(({ path, message }) => `  ${path}: ${message}`));

/** What files come to for a policy. @throws CliError as `planPolicy` does, with a line for each problem */
export function planFiles(
  files: PolicyFiles,
  live: Snapshot,
  options: { readonly now: number; readonly prune?: boolean },
): PolicyPlan {
  try {
    return planPolicy(files, live, options);
  } catch (error) {
    throw error instanceof ScopewardenError ? badChange(error.problems, []) : error;
  }
}
