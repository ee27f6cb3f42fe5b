import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { identifierProblem } from "../../domain/kernel/text.ts";
import { exportFiles, sayPolicy } from "../../domain/policy/files/exportFiles.ts";
import type { FhirVersion } from "../../domain/scopes/fhir.ts";
import { checkCondition } from "../../engine/conditions.ts";
import { readCondition } from "../../engine/conditionTerms.ts";
import { yaml } from "../../yaml/yaml.ts";
import { badUsage, EXIT, type ExitCode } from "../exit.ts";
import { policySchema, printSchema } from "../policy/schemas.ts";
import { readText } from "../readText.ts";
import { count, type Io, type Line, printJson, printLines } from "../terminal.ts";
import type { NotExpressed } from "./casbinModel.ts";
import { type Imported, importCasbin } from "./importCasbin.ts";

interface ImportOptions {
  readonly model: string;
  readonly policy: string;
  readonly out: string;
  readonly client: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

const HELP = `
Imports RBAC, with domains or without: requests of sub, dom, obj and act that are compared for being equal, and roles by g. Each sub becomes
a subject, each role of a domain a role, each obj a type of resource, each obj with an act a scope, each p row a rule, each g row an
assignment in the organization of its domain or an inherited role. Casbin knows no clients: all scopes are granted to the one of --client,
through which the subjects act.

What has no counterpart (functions in matchers, priorities, g2, keyMatch ...) is listed with its line, never guessed. --partial leaves
it out, unless that could allow more than Casbin does, such as a deny.

Exit codes: 0 all of it is imported, or with --partial the rest; 1 something has no counterpart; 2 the files or options are not valid.

Example:
  $ scopewarden policy import-casbin --model model.conf --policy policy.csv --out policy/`;

export function addImportCasbin(policy: Command): Command {
  return policy
    .command("import-casbin")
    .description("Makes policy files of a model and a policy of Casbin.")
    .requiredOption("--model <file>", "model.conf")
    .requiredOption("--policy <file>", "policy.csv")
    .requiredOption("--out <dir>", "folder for the policy files; it must have none")
    .option("--client <id>", "the client through which the subjects act", "casbin")
    .option("--partial", "leave out what has no counterpart, where that can't allow more")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

const lineOf = ({ file, line, message }: NotExpressed): string => `  ${file}:${line}: ${message}`;

/** Why nothing is written; null: it is. */
function whyNot({ snapshot, problems }: Imported, partial: boolean): string | null {
  if (snapshot === null) return "The model can't be imported:";
  if (problems.length === 0) return null;
  if (!partial) return "This has no counterpart; --partial leaves it out:";
  return problems.some(({ opens }) => opens)
    ? "This has no counterpart, and leaving all of it out could allow more than Casbin does:"
    : null;
}

async function writeFolder(dir: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch {
    throw badUsage(`The folder ${dir} can't be made.`);
  }
  if ((await readdir(dir)).some((name) => /\.ya?ml$/.test(name)))
    throw badUsage(`${dir} has policy files already. Import into another folder.`);
  for (const [name, text] of files) await writeFile(join(dir, name), text);
}

export async function importCasbinCommand(
  options: ImportOptions,
  { fhirVersion, io }: { readonly fhirVersion: FhirVersion; readonly io: Io },
): Promise<ExitCode> {
  const { model, policy, out, client, partial = false } = options;
  const problem = identifierProblem(client);
  if (problem !== null) throw badUsage(`--client ${problem}.`);
  const files = {
    model: { name: model, text: await readText(model, io.stdin) },
    policy: { name: policy, text: await readText(policy, io.stdin) },
  };
  const facts = { checkCondition, readCondition, fhirVersion };
  const imported = importCasbin(files, { clientId: client, facts });
  const { snapshot, problems, idle } = imported;
  const refusal = whyNot(imported, partial);
  const lines: Line[] = [
    ...(refusal === null ? [] : [refusal]),
    ...(refusal === null && problems.length > 0 ? ["Left out, since it has no counterpart:"] : []),
    ...problems.map(lineOf),
    ...(idle.length > 0 ? ["Left out, since Casbin makes nothing of it:", ...idle.map(lineOf)] : []),
  ];
  if (lines.length > 0) printLines(io.stderr, lines);
  if (refusal !== null || snapshot === null) {
    if (options.json === true) printJson(io.stdout, { written: false, problems, idle });
    return EXIT.refused;
  }
  const schema = "policy.schema.json";
  await writeFolder(
    out,
    new Map([
      ...exportFiles(sayPolicy(snapshot, Date.now()), { schema: `./${schema}`, write: yaml.write }),
      [schema, printSchema(policySchema())],
    ]),
  );
  const { rules, roles, scopes } = snapshot;
  if (options.json === true) printJson(io.stdout, { written: true, problems, idle });
  else
    printLines(io.stdout, [
      `${count(rules.size, "rule")}, ${count(roles.size, "role")} and ${count(scopes.size, "scope")} are in ${out}, for the client ${client}.`,
    ]);
  return EXIT.ok;
}
