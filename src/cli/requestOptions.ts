import type { Command } from "commander";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { badUsage } from "./exit.ts";

/** What every request says but for its resource. */
export interface RequestOptions {
  readonly client?: string;
  readonly subject?: string;
  readonly subjectType?: string;
  readonly subjectOrganization?: string;
  readonly subjectRole?: readonly string[];
  readonly scopes?: readonly string[];
  readonly action?: string;
  readonly purpose?: string;
  readonly organization?: string;
  readonly patient?: string;
  readonly context?: string;
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...value.split(" ").filter((scope) => scope !== ""),
];

/** Of an option that may be given several times. */
export const each = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

export function withRequest(
  command: Command,
  hints: { readonly subject?: string; readonly patient?: string } = {},
): Command {
  return command
    .option("--client <id>", "the OAuth client that wants access")
    .option("--subject <id>", `the person for whom it acts${hints.subject ?? ""}; absent: the client acts as itself`)
    .option("--subject-type <type>", "what kind of subject that is; absent: user")
    .option("--subject-organization <id>", "the organization the person belongs to")
    .option(
      "--subject-role <name>",
      "a role of the person, which the key may assert; several times: all of several",
      each,
    )
    .option(
      "--scopes <list>",
      "the scopes of the access token, separated by spaces; absent: all that the client is granted",
      collect,
    )
    .option("--purpose <code>", "purpose of use, such as TREAT, HPAYMT, HRESCH, PATRQT, BTG")
    .option("--organization <id>", "the organization that holds the resource")
    .option("--patient <id>", `the patient in context, for patient/ scopes${hints.patient ?? ""}; absent: none`)
    .option("--context <json>", `the rest of the context, such as '{"region":"eu","attributes":{}}'`);
}

/** A JSON object given as an option or in a file. @throws CliError when it is anything else. */
export function parseObject(text: string, what: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badUsage(`${what} must be JSON.`);
  }
  if (!isObject(value)) throw badUsage(`${what} must be a JSON object.`);
  return value;
}

type Common = Omit<AuthorizeInput, "resource">;

/** The part of a request that the options say. An absent option is undefined, which no JSON has. */
export function commonInput(options: RequestOptions): Common {
  const {
    client,
    subject,
    subjectType,
    subjectOrganization,
    subjectRole,
    scopes,
    action = "read",
    purpose,
    patient,
    context,
  } = options;
  if (client === undefined) throw badUsage("--client is missing: which OAuth client wants access?");
  if (subject === undefined && subjectOrganization !== undefined)
    throw badUsage("--subject-organization needs --subject.");
  if (subject === undefined && subjectType !== undefined) throw badUsage("--subject-type needs --subject.");
  if (subject === undefined && subjectRole !== undefined) throw badUsage("--subject-role needs --subject.");
  const rest = context === undefined ? undefined : parseObject(context, "--context");
  if (rest !== undefined && patient !== undefined && "patient" in rest)
    throw badUsage("The patient in context is given twice: by --patient and in --context.");
  return {
    clientId: client,
    subject:
      subject === undefined
        ? undefined
        : { id: subject, type: subjectType, organization: subjectOrganization, roles: subjectRole },
    scopes,
    action,
    purposeOfUse: purpose,
    context: rest === undefined && patient === undefined ? undefined : { patient, ...rest },
  };
}
