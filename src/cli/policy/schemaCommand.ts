import type { Command } from "commander";
import { badUsage, EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../terminal.ts";
import { printSchema, SCHEMAS } from "./schemas.ts";

const HELP = `
In an editor with the YAML language server, the first line of a file says where the schema is:
  # yaml-language-server: $schema=./policy.schema.json

Examples:
  $ scopewarden policy schema > policy.schema.json
  $ scopewarden policy schema cases > cases.schema.json`;

export function addPolicySchema(policy: Command): Command {
  return policy
    .command("schema")
    .description("Prints the JSON Schema of the YAML files, by which editors complete and check them.")
    .argument("[of]", `what files: ${Object.keys(SCHEMAS).join(" or ")}`, "policy")
    .addHelpText("after", HELP);
}

export function policySchemaCommand(of: string, io: Io): ExitCode {
  const schema = Object.hasOwn(SCHEMAS, of) ? SCHEMAS[of] : undefined;
  if (schema === undefined)
    throw badUsage(`There is a schema of ${Object.keys(SCHEMAS).join(" and of ")}, not of ${of}.`);
  io.stdout.write(printSchema(schema()));
  return EXIT.ok;
}
