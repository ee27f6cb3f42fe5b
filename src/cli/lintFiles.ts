import type { PutScope } from "../domain/policy/operations.ts";
import { PolicyFilesError, parsePolicyFile } from "./policyFiles.ts";
import { readText } from "./readText.ts";
import type { Io } from "./terminal.ts";

/** A scope to look at, and where it stands. */
export interface ScopeSource {
  /** `policy/10-scopes.yaml:12:5`. */
  readonly place: string;
  readonly input: PutScope;
  /** As it would stand in a token: by its name alone. */
  readonly fromToken: boolean;
}

function fromPolicy(file: string, text: string): readonly ScopeSource[] {
  const { files, problems } = parsePolicyFile(file, text);
  if (problems.length > 0) throw new PolicyFilesError(problems);
  return files.operations.flatMap(({ putScope }, i) => {
    const at = files.places[i];
    const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
    return putScope === undefined || putScope === null ? [] : [{ place, input: putScope, fromToken: false }];
  });
}

function fromLines(file: string, text: string): readonly ScopeSource[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const name = line.trim();
    return name === "" ? [] : [{ place: `${file}:${i + 1}`, input: { name }, fromToken: true }];
  });
}

/** The scopes of files, in their order. @throws CliError for a file that can't be read. */
export async function loadScopes(files: readonly string[], io: Io): Promise<readonly ScopeSource[]> {
  const found: ScopeSource[] = [];
  for (const file of files) {
    const text = await readText(file, io.stdin);
    found.push(...(/\.ya?ml$/.test(file) ? fromPolicy(file, text) : fromLines(file, text)));
  }
  return found;
}
