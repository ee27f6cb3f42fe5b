import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ClientConfig } from "../../config.ts";
import { type Directory, directoryOf } from "../../domain/directory/directory.ts";
import type { Entity } from "../../domain/directory/entity.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { applyOperations } from "../../domain/policy/apply.ts";
import type { PolicyFiles } from "../../domain/policy/files/policyFile.ts";
import { emptySnapshot, type Snapshot } from "../../domain/policy/snapshot.ts";
import type { FhirVersion } from "../../domain/scopes/fhir.ts";
import { createCaseDecider } from "../../domain/simulation/cases/caseDecider.ts";
import type { Case, Cases } from "../../domain/simulation/cases/caseFile.ts";
import { type CaseResult, type Decider, runCases } from "../../domain/simulation/cases/runCases.ts";
import { createEngine } from "../../engine/engine.ts";
import { type ConnectOptions, connect, withConnection } from "../connect.ts";
import { entitiesIn } from "../entityFile.ts";
import { badUsage, EXIT, type ExitCode } from "../exit.ts";
import { badChange, loadPolicyFolder } from "../policyFiles.ts";
import { count, type Io, type Line, printJson, printLines, styled } from "../terminal.ts";
import { loadCases } from "./caseFiles.ts";
import { junitXml } from "./junit.ts";
import { readLivePolicy } from "./livePolicy.ts";
import { createServiceDecider } from "./serviceDecider.ts";

interface TestOptions extends ConnectOptions {
  readonly policy?: string;
  readonly directory?: readonly string[];
  readonly server?: boolean;
  readonly junit?: string;
  readonly coverage?: boolean;
  readonly minCoverage?: string;
  readonly json?: boolean;
}

const HELP = `
A file of cases has requests with what must come of them (requests), tokens likewise (grants), and requests that must be denied in every
combination (never); docs/policy-as-code.md has the form. They are decided by the files of --policy, in this process, by the functions
by which the service decides; nothing else is needed. With --server the policy of a running service decides, and nothing is put
into its journal of decisions: with its clock and its consents, and without tokens, which it would have to record.

Coverage is the share of rules that matched in some case.

Exit codes: 0 all as expected; 1 some case failed, or too few rules matched; 2 the files, options or key are not valid; 3 the service
can't be reached.

Examples:
  $ scopewarden policy test --policy policy/ tests/*.yaml --junit results.xml --min-coverage 90
  $ scopewarden policy test --server tests/never.yaml`;

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addPolicyTest(policy: Command): Command {
  return withConnection(
    policy
      .command("test")
      .description("Asks a policy requests, and says what does not come out as expected.")
      .argument("<file...>", "files of cases; - reads standard input")
      .option("--policy <dir>", "folder of .yaml files: the policy that decides")
      .option(
        "--directory <file>",
        "what is known of subjects and resources, .ndjson or .csv; may be given again",
        more,
      )
      .option("--server", "let the policy of a running service decide")
      .option("--junit <file>", "write the results as JUnit XML")
      .option("--coverage", "name the rules that matched in no case")
      .option("--min-coverage <percent>", "end with 1 if fewer rules than this matched")
      .option("--json", "print the results as JSON"),
  ).addHelpText("after", HELP);
}

interface Tested {
  readonly results: readonly CaseResult[];
  /** Null: not asked for. */
  readonly coverage: { readonly rules: number; readonly unmatched: readonly string[] } | null;
}

async function runWith(
  decider: Decider & { readonly matched: ReadonlySet<string> },
  cases: readonly Case[],
  rules: (() => Promise<readonly string[]>) | null,
): Promise<Tested> {
  const results = await runCases(cases, decider, () => performance.now());
  if (rules === null) return { results, coverage: null };
  const ids = await rules();
  return { results, coverage: { rules: ids.length, unmatched: ids.filter((id) => !decider.matched.has(id)) } };
}

/** What files say of subjects and resources. @throws CliError naming the line of what is no entity */
async function directoryIn(files: readonly string[]): Promise<Directory> {
  const entities: Entity[] = [];
  for (const file of files)
    for await (const { entity, line, problems } of entitiesIn(file)) {
      if (entity === null) throw badUsage(`The file ${file} is not valid:`, `  ${file}:${line} ${problems.join("; ")}`);
      entities.push({ ...entity, version: 1 });
    }
  return directoryOf(entities, 1);
}

/** Decides by policy files, in this process. @throws CliError for a policy that would be refused as a whole, naming file and line */
async function createFileDecider(
  { operations, places }: PolicyFiles,
  {
    fhirVersion,
    ...options
  }: Pick<Cases, "breakGlasses" | "consents"> & {
    readonly fhirVersion: FhirVersion;
    readonly directory: readonly string[];
  },
): Promise<ReturnType<typeof createCaseDecider> & { readonly snapshot: Snapshot }> {
  const { checkCondition, readCondition, ...engine } = await createEngine();
  let rule = 0;
  const applied = applyOperations(emptySnapshot(), operations, {
    // What the files say has come was once to come.
    now: 0,
    newId: () => `rule-${++rule}`,
    checkCondition,
    readCondition,
    fhirVersion,
  });
  if (!applied.ok) throw badChange(applied.problems, places, "The policy would be refused:");
  const { snapshot } = applied;
  const directory = await directoryIn(options.directory);
  try {
    return { snapshot, ...createCaseDecider({ snapshot, directory, engine, now: Date.now(), fhirVersion }, options) };
  } catch (error) {
    throw error instanceof ScopewardenError ? badChange(error.problems, [], "The cases are not valid:") : error;
  }
}

async function tested(
  files: readonly string[],
  options: TestOptions,
  deps: { readonly config: ClientConfig; readonly fhirVersion: FhirVersion; readonly io: Io },
): Promise<Tested> {
  const { policy, directory = [] } = options;
  if ((policy === undefined) === (options.server !== true))
    throw badUsage("Say which policy decides: --policy with a folder of files, or --server.");
  if (policy !== undefined) {
    const { cases, ...known } = await loadCases(files, deps.io);
    const decider = await createFileDecider(await loadPolicyFolder(policy), { ...deps, ...known, directory });
    return runWith(decider, cases, async () => [...decider.snapshot.rules.keys()].sort());
  }
  if (directory.length > 0) throw badUsage("--directory goes with --policy: a service has a directory of its own.");
  const client = await connect(options, deps);
  const wanted = options.coverage === true || options.minCoverage !== undefined;
  const rules = async (): Promise<readonly string[]> => [...(await readLivePolicy(client)).rules.keys()].sort();
  const { cases } = await loadCases(files, deps.io);
  return runWith(createServiceDecider(client), cases, wanted ? rules : null);
}

function minimumOf(text: string | undefined): number {
  const percent = Number(text ?? 0);
  if (!(percent >= 0 && percent <= 100)) throw badUsage("--min-coverage must be from 0 to 100, in percent.");
  return percent;
}

function failureLines({ of, lines }: CaseResult): readonly Line[] {
  const { name, place } = of;
  return [[styled("red", "FAILED"), ` ${name} (${place.file}:${place.line})`], ...lines.map((line) => `  ${line}`)];
}

function report({ results, coverage }: Tested, options: TestOptions): readonly Line[] {
  const of = (status: CaseResult["status"]): readonly CaseResult[] => results.filter((each) => each.status === status);
  const [failed, skipped] = [of("failed"), of("skipped")];
  const whySkipped = new Map<string, number>();
  for (const { lines } of skipped) whySkipped.set(lines[0] ?? "", (whySkipped.get(lines[0] ?? "") ?? 0) + 1);
  const requests = results.reduce((sum, { of: one }) => sum + (one.kind === "never" ? one.count : 1), 0);
  return [
    ...failed.flatMap(failureLines),
    ...[...whySkipped].map(([why, n]) => `${count(n, "case")} skipped: ${why}.`),
    `${count(results.length, "case")} of ${count(requests, "request")}: ${of("passed").length} passed, ${failed.length} failed, ${skipped.length} skipped.`,
    ...(coverage === null
      ? []
      : [`${coverage.rules - coverage.unmatched.length} of ${count(coverage.rules, "rule")} matched in some case.`]),
    ...(coverage !== null && options.coverage === true ? coverage.unmatched.map((id) => `  in no case: ${id}`) : []),
  ];
}

export async function policyTest(
  files: readonly string[],
  options: TestOptions,
  deps: { readonly config: ClientConfig; readonly fhirVersion: FhirVersion; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const minimum = minimumOf(options.minCoverage);
  const done = await tested(files, options, deps);
  const { results, coverage } = done;
  if (options.junit !== undefined) {
    const { junit } = options;
    await writeFile(junit, junitXml(results)).catch(() => {
      throw badUsage(`The file ${junit} can't be written.`);
    });
  }
  const percent =
    coverage === null || coverage.rules === 0
      ? 100
      : (100 * (coverage.rules - coverage.unmatched.length)) / coverage.rules;
  if (options.json === true)
    printJson(io.stdout, {
      results: results.map(({ of: { name, place, kind }, status, lines }) => ({
        name,
        kind,
        file: place.file,
        line: place.line,
        status,
        lines,
      })),
      coverage: coverage === null ? null : { ...coverage, percent },
    });
  else printLines(io.stdout, report(done, options));
  if (percent < minimum)
    printLines(io.stderr, [`Only ${percent.toFixed(1)} percent of the rules matched in some case, not ${minimum}.`]);
  return results.some(({ status }) => status === "failed") || percent < minimum ? EXIT.refused : EXIT.ok;
}
