import { type Command, Option } from "commander";
import type { ClientConfig } from "../config.ts";
import type { ScopewardenClient } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { csvText } from "./csv.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { DECISION_COLUMNS, decisionCells } from "./export/decisionRows.ts";
import { type ExportFile, openExportFile } from "./export/exportFile.ts";
import { type Progress, startProgress } from "./progress.ts";
import { each } from "./requestOptions.ts";
import { count, type Io, printLines } from "./terminal.ts";
import { isBackwards, timeOf } from "./timeOf.ts";

type Format = "ndjson" | "ocsf" | "fhir" | "csv";
interface ExportOptions extends ConnectOptions {
  readonly format: Format;
  readonly kind?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly output: string;
  readonly resume?: boolean;
}

const HELP = `
ndjson has each act as it is stored; ocsf, fhir (AuditEvent of R4) and csv have the decisions. It ends with what was on record when it began. Each page that is
taken is on record, with its digest. An interrupted export goes on with --resume, and is the same byte for byte; how far it is
stands in a file beside it, FILE.resume, until it is whole. Needs a key with the role auditor.

Exit codes: 0 it is whole, 2 the options, the key or the file are not valid, 3 the service can't answer.

Examples:
  $ scopewarden record export --format ndjson --output record.ndjson
  $ scopewarden record export --format ndjson --output record.ndjson --resume
  $ scopewarden record export --format csv --output decisions.csv
  $ scopewarden record export --format csv --from 2026-11-01 --to 2026-11-30 --output november.csv`;

export function addExport(program: Command): Command {
  const command = program
    .command("export")
    .description("Takes away what is on record, to a file.")
    .addOption(
      new Option("--format <format>", "how it is told")
        .choices(["ndjson", "ocsf", "fhir", "csv"])
        .makeOptionMandatory(),
    )
    .option("--kind <kind>", "of ndjson, acts of this kind alone, such as CONSENT; may be given again", each)
    .option("--from <time>", "acts from this date or time on; then the file is a part of the record, and says so")
    .option("--to <time>", "acts until before this time, or to the end of this date; absent: all until now")
    .requiredOption("--output <file>", "a new file, which its owner alone can read")
    .option("--resume", "go on with a file that was begun");
  return withConnection(command).addHelpText("after", HELP);
}

const PAGE = `query Export($format: ExportFormat!, $kinds: [ActKind!], $from: DateTime, $to: DateTime, $after: String) {
  exportPage(format: $format, kinds: $kinds, from: $from, to: $to, first: 200, after: $after) {
    lines opening closing hasNextPage endCursor done total } }`;
/** A table is made here, of the acts themselves. */
const WIRE: { readonly [Each in Format]: "NDJSON" | "OCSF" | "FHIR" } = {
  ndjson: "NDJSON",
  ocsf: "OCSF",
  fhir: "FHIR",
  csv: "NDJSON",
};
const PURPOSE = {
  needs: "Taking away what is on record needs a key with the role auditor.",
  failed: "The service could not answer.",
  instead: "Go on with --resume.",
};
interface Page {
  readonly lines: readonly string[];
  readonly opening: string | null;
  readonly closing: string | null;
  readonly hasNextPage: boolean;
  readonly endCursor: string;
  readonly done: number;
  readonly total: number;
}

/** What is written of a page. */
async function textOf(format: Format, { closing, lines, opening }: Page, isFirst: boolean): Promise<string> {
  if (format !== "csv")
    return [opening, ...lines, closing]
      .filter((line) => line !== null)
      .map((line) => `${line}\n`)
      .join("");
  return csvText(DECISION_COLUMNS, lines.map(decisionCells), { header: isFirst });
}

async function take(
  {
    format,
    ...asked
  }: Pick<ExportOptions, "format"> & {
    readonly kinds?: readonly string[] | undefined;
    readonly from: string | null;
    readonly to: string | null;
  },
  { client, file, io }: { readonly client: ScopewardenClient; readonly file: ExportFile; readonly io: Io },
): Promise<void> {
  let bar: Progress | null = null;
  try {
    for (let after = file.state?.cursor ?? null; ; ) {
      const page = (await client.ask(PAGE, { ...asked, format: WIRE[format], after }, PURPOSE)).exportPage as Page;
      const { done, endCursor, hasNextPage, lines, total } = page;
      await file.add(await textOf(format, page, after === null), { cursor: endCursor, items: lines.length });
      bar ??= await startProgress(total, "places of the record", io.stderr);
      bar.update(done);
      if (!hasNextPage) return;
      after = endCursor;
    }
  } finally {
    bar?.stop();
  }
}

export async function exportRecord(
  options: ExportOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { format, kind, output, resume = false, url } = options;
  const from = options.from === undefined ? null : timeOf(options.from, "--from");
  const to = options.to === undefined ? null : timeOf(options.to, "--to");
  if (kind !== undefined && format !== "ndjson")
    throw badUsage("--kind goes with --format ndjson: the others have the decisions.");
  if (from !== null && to !== null && isBackwards(from, to)) throw badUsage("--to must be later than --from.");
  const client = await connect(options, deps);
  const window = { ...(from !== null && { from }), ...(to !== null && { to }) };
  const asked = JSON.stringify({ format, kind: kind ?? null, url: url ?? deps.config.url ?? null, ...window });
  const file = await openExportFile(output, { asked, resume });
  try {
    const kinds = format === "ndjson" ? kind : ["DECISION"];
    await take({ format, kinds, from, to }, { client, file, io: deps.io });
    const { count: acts, sha256 } = await file.finish();
    printLines(deps.io.stdout, [`${count(acts, "act")} in ${output}`, `SHA-256 ${sha256}`]);
  } finally {
    await file.close();
  }
  return EXIT.ok;
}
