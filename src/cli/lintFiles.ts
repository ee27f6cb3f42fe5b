import { parsePolicyFile } from "../domain/policy/files/policyFile.ts";
import type { PolicyOperation, PutRule, PutScope } from "../domain/policy/operations.ts";
import { yaml } from "../yaml/yaml.ts";
import { PolicyFilesError } from "./policyFiles.ts";
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

/** A rule to look at, and where it stands. */
export interface RuleSource {
  readonly place: string;
  readonly input: PutRule;
}

/** What is to be linted, each in the order of the files. */
export interface LintSources {
  readonly scopes: readonly ScopeSource[];
  readonly rules: readonly RuleSource[];
  /** All that the policy files say: rules are for the scopes beside them. */
  readonly operations: readonly PolicyOperation[];
}

function fromPolicy(file: string, text: string): LintSources {
  const { files, problems } = parsePolicyFile(file, text, yaml);
  if (problems.length > 0) throw new PolicyFilesError(problems);
  const { operations, places } = files;
  const placeOf = (i: number): string => {
    const at = places[i];
    return at === undefined ? file : `${file}:${at.line}:${at.column}`;
  };
  const scopes = operations.flatMap(({ putScope }, i) =>
    putScope === undefined || putScope === null ? [] : [{ place: placeOf(i), input: putScope, fromToken: false }],
  );
  const rules = operations.flatMap(({ putRule }, i) =>
    putRule === undefined || putRule === null ? [] : [{ place: placeOf(i), input: putRule }],
  );
  return { scopes, rules, operations };
}

function fromLines(file: string, text: string): LintSources {
  const scopes = text.split(/\r?\n/).flatMap((line, i) => {
    const name = line.trim();
    return name === "" ? [] : [{ place: `${file}:${i + 1}`, input: { name }, fromToken: true }];
  });
  return { scopes, rules: [], operations: [] };
}

/** The scopes and rules of files, in their order. @throws CliError for a file that can't be read. */
export async function loadSources(files: readonly string[], io: Io): Promise<LintSources> {
  const found: LintSources[] = [];
  for (const file of files) {
    const text = await readText(file, io.stdin);
    found.push(/\.ya?ml$/.test(file) ? fromPolicy(file, text) : fromLines(file, text));
  }
  return {
    scopes: found.flatMap(({ scopes }) => scopes),
    rules: found.flatMap(({ rules }) => rules),
    operations: found.flatMap(({ operations }) => operations),
  };
}
