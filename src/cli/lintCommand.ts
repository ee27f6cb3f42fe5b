import type { Command } from "commander";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { RuleLintFinding } from "../domain/policy/lint/ruleFinding.ts";
import { declaredIn, type LintFacts, lintPutRule, lintPutScope } from "../domain/policy/lintInput.ts";
import type { PutScope } from "../domain/policy/operations.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import type { FhirVersion } from "../domain/scopes/fhir.ts";
import type { LintFinding } from "../domain/scopes/lint/finding.ts";
import { classifyScope } from "../domain/scopes/protocol.ts";
import { explainSmartScope, looksLikeSmart } from "../domain/scopes/smart.ts";
import { checkCondition } from "../engine/conditions.ts";
import { readCondition } from "../engine/conditionTerms.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { loadSources, type RuleSource, type ScopeSource } from "./lintFiles.ts";
import { byFirstWord, count, type Io, printJson, printLines } from "./terminal.ts";

interface LintOptions {
  readonly scope?: readonly string[];
  readonly json?: boolean;
}

type Finding = LintFinding | RuleLintFinding;
const factsOf = (fhirVersion: FhirVersion): LintFacts => ({
  checkCondition,
  readCondition,
  fhirVersion,
});

/** What was found in one scope or rule. `refused`: the service would not take it as it is. */
interface Linted {
  readonly name: string;
  readonly place: string;
  readonly refused: boolean;
  readonly justification: string | null;
  readonly findings: readonly Finding[];
}

const HELP = `
Reads the putScope and putRule operations of policy files (.yaml, .yml), and of any other file one scope a line, as in a
token: SMART scopes, and those of launch, identity and refresh, in which there is nothing to find. - reads lines from
standard input. Rules are looked at with the scopes and assignments of all files together, so name all of a policy's files.
Asks no service and needs no key. Which types and parameters there are, SCOPEWARDEN_FHIR_VERSION says, as for the service.

Exit codes: 0 nothing worse than a warning, 1 some scope or rule would be refused, 2 the files or scopes can't be read.

Examples:
  $ scopewarden policy lint policy/*.yaml
  $ scopewarden policy lint --scope 'patient/*.rs' --scope patient/Observation.cruds --json`;

export function addLint(program: Command): Command {
  return program
    .command("lint")
    .description("Says what is wrong or unwise about scopes and rules, and how to narrow them.")
    .argument("[file...]", "policy files, or files of one scope a line; - reads standard input")
    .option("--scope <scope>", "a scope; may be given again", (scope: string, all: readonly string[] = []) => [
      ...all,
      scope,
    ])
    .option("--json", "print the findings as JSON")
    .addHelpText("after", HELP);
}

/** A scope of a token: only a SMART scope says what it permits. */
function problemOf({ name }: PutScope, fhirVersion: FhirVersion): string | null {
  if (looksLikeSmart(name)) {
    const smart = explainSmartScope(name, fhirVersion);
    return smart.ok ? null : `is no SMART scope: ${smart.message}`;
  }
  const kind = classifyScope(name);
  if (kind === "INVALID") return "is no scope token (RFC 6749 section 3.3)";
  return kind === "CUSTOM" || kind === "EXTENSION"
    ? "is no SMART scope, and its name alone does not say what it permits; lint the policy file that declares it"
    : null;
}

/** The findings, or what is wrong with what is no scope or rule at all. */
function found(
  named: Pick<Linted, "name" | "place" | "justification">,
  lint: () => readonly Finding[],
): Linted | readonly string[] {
  try {
    const findings = lint();
    const worst = (severity: Finding["severity"]): boolean => findings.some((f) => f.severity === severity);
    return { ...named, findings, refused: worst("ERROR") || (worst("REFUSE") && named.justification === null) };
  } catch (error) {
    if (!(error instanceof ScopewardenError)) throw error;
    return error.problems.map(({ path, message }) => `${named.place} ${path}: ${message}`);
  }
}

const lintOne =
  (facts: LintFacts, fhirVersion: FhirVersion) =>
  ({ place, input, fromToken }: ScopeSource): Linted | readonly string[] => {
    const named = { name: input.name, place, justification: input.justification?.trim() || null };
    if (fromToken) {
      const problem = problemOf(input, fhirVersion);
      if (problem !== null) return [`${place}: ${input.name} ${problem}`];
      if (!looksLikeSmart(input.name)) return { ...named, refused: false, findings: [] };
    }
    return found(named, () => lintPutScope(input, "putScope", facts));
  };

const lintOneRule =
  (facts: LintFacts, snapshot: Snapshot) =>
  ({ place, input }: RuleSource): Linted | readonly string[] => {
    const named = { name: input.id ?? "a rule", place, justification: input.justification?.trim() || null };
    return found(named, () => lintPutRule(input, "putRule", { snapshot, facts }));
  };

function report(scopes: readonly Linted[], rules: readonly Linted[]): string[] {
  const linted = [...scopes, ...rules];
  const lines = linted.flatMap(({ name, place, findings, refused, justification }) =>
    findings.length === 0
      ? []
      : [
          `${place}: ${name}${refused ? "" : justification === null ? "" : ` (justified: ${justification})`}`,
          ...findings.map((f) => `  ${f.severity} ${f.code}: ${f.message} ${f.narrowing}`),
        ],
  );
  const refused = linted.filter((one) => one.refused).length;
  const found = linted.reduce((sum, { findings }) => sum + findings.length, 0);
  const counted = [count(scopes.length, "scope"), ...(rules.length > 0 ? [count(rules.length, "rule")] : [])];
  return [...lines, `${counted.join(", ")}, ${count(found, "finding")}, ${refused} would be refused.`];
}

/** @throws CliError for what can't be read, naming all of it. */
export async function lint(
  files: readonly string[],
  options: LintOptions,
  { fhirVersion, io }: { readonly fhirVersion: FhirVersion; readonly io: Io },
): Promise<ExitCode> {
  const facts = factsOf(fhirVersion);
  const given = (options.scope ?? []).map(
    (name): ScopeSource => ({ place: "--scope", input: { name }, fromToken: true }),
  );
  if (files.length === 0 && given.length === 0)
    throw badUsage("There is nothing to lint. Name files, or give a scope with --scope.");
  const sources = await loadSources(files, io);
  const scopes = [...sources.scopes, ...given].map(lintOne(facts, fhirVersion));
  const rules = sources.rules.map(lintOneRule(facts, declaredIn(sources.operations, facts)));
  const unreadable = [...scopes, ...rules].flatMap((result) => ("findings" in result ? [] : result));
  if (unreadable.length > 0)
    throw badUsage("Not all scopes and rules can be read:", ...unreadable.map((line) => `  ${line}`));
  const linted = (results: readonly (Linted | readonly string[])[]): readonly Linted[] =>
    results.flatMap((result) => ("findings" in result ? [result] : []));
  const refused = linted([...scopes, ...rules]).filter((one) => one.refused).length;
  if (options.json === true) printJson(io.stdout, { refused, scopes: linted(scopes), rules: linted(rules) });
  else printLines(io.stdout, report(linted(scopes), linted(rules)).map(byFirstWord));
  return refused > 0 ? EXIT.refused : EXIT.ok;
}
