import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { ClientConfig } from "../../config.ts";
import { exportFiles, fileOf, sayPolicy } from "../../domain/policy/files/exportFiles.ts";
import { NOUNS } from "../../domain/policy/types.ts";
import { yaml } from "../../yaml/yaml.ts";
import { type ConnectOptions, connect, withConnection } from "../connect.ts";
import { badUsage, EXIT, type ExitCode } from "../exit.ts";
import { count, type Io, printJson, printLines } from "../terminal.ts";
import { readLivePolicy } from "./livePolicy.ts";
import { policySchema, printSchema } from "./schemas.ts";

interface ExportOptions extends ConnectOptions {
  readonly json?: boolean;
}

/** Beside the files, so that editors find it without a network. */
const SCHEMA_FILE = "policy.schema.json";

const HELP = `
Writes one file a noun, in a stable order, so that the same policy gives the same bytes, and policy.schema.json, by which editors complete
them. What files can't say is listed on standard error. Exporting into the same folder again replaces these files; a folder with policy
files of other names is left alone. Needs a key with the role admin, reviewer or auditor.

Not in it, since they are no policy: what is known of people and resources, keys, consents, the record.

Exit codes: 0 done; 2 the folder, options or key are not valid; 3 the service can't be reached.

Example:
  $ scopewarden policy export policy/`;

export function addPolicyExport(policy: Command): Command {
  return withConnection(
    policy
      .command("export")
      .description("Writes the policy of a running service as policy files.")
      .argument("<dir>", "folder for the files; it is made if it is not there")
      .option("--json", "print what was written, and what could not be said, as JSON"),
  ).addHelpText("after", HELP);
}

/** The folder, made if need be. @throws CliError where files of other names would say things once more */
async function folderFor(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch {
    throw badUsage(`The folder ${dir} can't be made.`);
  }
  const ours = new Set(NOUNS.map(fileOf));
  const others = (await readdir(dir)).filter((name) => /\.ya?ml$/.test(name) && !ours.has(name));
  if (others.length > 0)
    throw badUsage(
      `${dir} has policy files of other names, which would say the same once more: ${others.join(", ")}.`,
      "Export into another folder, or take them away first.",
    );
}

export async function policyExport(
  dir: string,
  options: ExportOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const client = await connect(options, deps);
  await folderFor(dir);
  const live = await readLivePolicy(client);
  const said = sayPolicy(live, Date.now());
  const files = [
    ...exportFiles(said, { schema: `./${SCHEMA_FILE}`, write: yaml.write }),
    [SCHEMA_FILE, printSchema(policySchema())] as const,
  ];
  for (const [name, text] of files) await writeFile(join(dir, name), text);
  const names = files.map(([name]) => name);
  if (options.json === true) printJson(io.stdout, { revision: live.revision, files: names, unsaid: said.unsaid });
  else
    printLines(io.stdout, [
      `The policy, at revision ${live.revision}, is in ${dir}: ${NOUNS.map((noun) => count(said.operations[noun].length, `${noun} operation`)).join(", ")}.`,
    ]);
  if (said.unsaid.length > 0) printLines(io.stderr, ["Files can't say:", ...said.unsaid.map((line) => `  ${line}`)]);
  return EXIT.ok;
}
