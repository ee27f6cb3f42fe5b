import { type Command, Option } from "commander";
import type { ClientConfig } from "../config.ts";
import type { DisclosureCount } from "../domain/audit/disclosures/accountingOfDisclosures.ts";
import type { Disclosure } from "../domain/audit/disclosures/disclosure.ts";
import { DISCLOSURE_KINDS, type DisclosureKind } from "../domain/audit/disclosures/disclosureKind.ts";
import { isoTime } from "../domain/kernel/time.ts";
import type { PatientsAccess } from "../domain/monitoring/explanations/accessHistory.ts";
import type { ScopewardenClient } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { csvText } from "./csv.ts";
import { handedOut, linesOf } from "./disclosures/handedOut.ts";
import { type PrintedTable, printedPage } from "./disclosures/page.ts";
import { ACCESS_COLUMNS, type Answered, accessRow, DISCLOSURE_COLUMNS, disclosureRow } from "./disclosures/rows.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { writeOutput } from "./output.ts";
import { each } from "./requestOptions.ts";
import { type Io, printJson, printLines } from "./terminal.ts";
import { timeOf } from "./timeOf.ts";
import { type Zone, zoneOf } from "./zone.ts";

interface DisclosuresOptions extends ConnectOptions {
  readonly patient: string;
  readonly from: string;
  readonly to?: string;
  readonly history?: boolean;
  readonly denied?: boolean;
  readonly kind?: readonly string[];
  readonly by?: string;
  readonly timeZone?: string;
  readonly csv?: boolean;
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

const HELP = `
Without --history it is an accounting of disclosures (45 CFR 164.528): what was disclosed for treatment, payment and health care
operations, to the patient, and by a consent is counted and left out, unless --kind asks for it; an agency's statement may leave out more
(suspendAccounting), and then nothing here shows it. With --history it is who saw the
patient's data, whatever for. A date alone is that whole day in the time zone. In sentences and with --html the accounting is to be handed to
the patient: by name and in plain words, repeats as one; --csv and --json have every disclosure with its ids.
Who asks, and for whom, is on record. Needs a key with the role auditor.

Exit codes: 0 it was written, 2 the options, the key or the file are not valid, 3 the service can't answer.

Examples:
  $ scopewarden record disclosures --patient ada --from 2025-11-24 --to 2026-11-23
  $ scopewarden record disclosures --patient ada --from 2025-11-24 --to 2026-11-23 --by "General Hospital" --html --output ada.html
  $ scopewarden record disclosures --patient ada --from 2026-11-01 --to 2026-11-30 --history --csv > ada.csv`;

export function addDisclosures(program: Command): Command {
  const command = program
    .command("disclosures")
    .description(
      "Writes to whom a patient's data was disclosed, or who saw it: for a person, for print, or as a table.",
    )
    .requiredOption("--patient <id>", "whose data")
    .requiredOption("--from <time>", "from this date or time on")
    .option(
      "--to <time>",
      "until before this time, or to the end of this date, at most six years later; absent: until now",
    )
    .option("--history", "all accesses, with what allowed and explains them, instead of an accounting")
    .option("--denied", "with --history: what was tried and denied")
    .option("--kind <kind>", "which disclosures are listed, such as TREATMENT; may be given again", each)
    .option("--time-zone <name>", "the zone of times, such as America/New_York; absent: that of this machine")
    .option("--by <name>", "the name of the organization that gives it, for the page")
    .addOption(new Option("--csv", "as CSV (RFC 4180)").conflicts(["html", "json"]))
    .addOption(
      new Option("--html", "as a page for print, which needs nothing beside itself").conflicts(["csv", "json"]),
    )
    .addOption(new Option("--json", "as JSON").conflicts(["csv", "html"]))
    .option("--output <file>", "write it to this new file, which its owner alone can read");
  return withConnection(command).addHelpText("after", HELP);
}

const RECIPIENT =
  "{ name clientId clientName subjectId subjectType subjectName organization organizationName address }";
const PAGE = "from to notes pageInfo { hasNextPage endCursor } archived { month file sha256 }";
const ACCOUNTING = `query Accounting($patient: ID!, $from: DateTime!, $to: DateTime, $kinds: [DisclosureKind!], $after: String) {
  accountingOfDisclosures(patient: $patient, from: $from, to: $to, kinds: $kinds, first: 100, after: $after) {
    edges { node { decisionId at kind recipient ${RECIPIENT} description purpose purposeOfUse consents emergency
      inPlainWords { recipient data purpose } line summary } }
    ${PAGE} patientName counts { kind count } listed namingNobody erased } }`;
const HISTORY = `query History($patient: ID!, $from: DateTime!, $to: DateTime, $outcome: Outcome!, $after: String) {
  accessHistory(patient: $patient, from: $from, to: $to, outcome: $outcome, first: 100, after: $after) {
    edges { node { decisionId at outcome who ${RECIPIENT} organization organizationName action resourceType resourceId data purpose
      purposeOfUse scope role consents emergency explained explainedBy summary } }
    ${PAGE} allowed denied erased } }`;
const PURPOSE = {
  needs: "Reading what is on record of a patient needs a key with the role auditor.",
  failed: "The service could not answer.",
  instead: "Ask again later.",
};

interface Paged<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
interface Archived {
  readonly from: string;
  readonly to: string;
  /** Names that occur nowhere, in sentences. */
  readonly notes: readonly string[];
  readonly archived: readonly { readonly month: string; readonly file: string; readonly sha256: string }[];
}
type Accounting = Archived &
  Paged<Answered<Disclosure>> & {
    readonly patientName: string | null;
    readonly counts: readonly DisclosureCount[];
    readonly listed: readonly DisclosureKind[];
    readonly namingNobody: number;
    readonly erased: number;
  };
type History = Archived &
  Paged<Answered<PatientsAccess>> & { readonly allowed: number; readonly denied: number; readonly erased: number };

/** All pages of a question: the items, and the first page for what it says beside. */
async function allPages<Node, Page extends Paged<Node>>(
  client: ScopewardenClient,
  { field, query, variables }: { readonly field: string; readonly query: string; readonly variables: object },
): Promise<{ readonly items: readonly Node[]; readonly page: Page }> {
  const items: Node[] = [];
  let first: Page | null = null;
  for (let after: string | null = null; ; ) {
    const page = (await client.ask(query, { ...variables, after }, PURPOSE))[field] as Page;
    first ??= page;
    items.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage || page.pageInfo.endCursor === null) return { items, page: first };
    after = page.pageInfo.endCursor;
  }
}

/** What is written: a page for print with its table, the same in lines, and a table that has all with its ids. */
interface Written extends PrintedTable {
  readonly lines: readonly string[];
  /** What occurs nowhere of what was asked about; empty: all does. */
  readonly unknown: readonly string[];
  readonly table: { readonly columns: Readonly<Record<string, string>>; readonly rows: readonly object[] };
  readonly json: object;
}

const MOST_NAMING_NOBODY = 10_001;
const RECORDED =
  "Each access that is listed was allowed. Whether data was then sent, only the system that holds it knows.";
const LEFT_OUT: { readonly [Kind in DisclosureKind]: string } = {
  TREATMENT: "for treatment",
  PAYMENT: "for payment",
  OPERATIONS: "for health care operations",
  TO_INDIVIDUAL: "to the patient",
  AUTHORIZATION: "by the patient's consent",
  EMERGENCY: "in an emergency",
  OTHER: "for other purposes",
};

const orMore = (number: number): string =>
  number >= MOST_NAMING_NOBODY ? `${MOST_NAMING_NOBODY - 1} or more` : String(number);

const erasedText = (erased: number): readonly string[] =>
  erased === 0
    ? []
    : [
        `Of ${orMore(erased)} accesses in the same time it is erased whose data they were about, as their time is over: whether any were to this patient's is not known any more.`,
      ];

/** A suspension leaves out disclosures of any kind and shows no sign of it: so no sentence may say that all of something is listed. */
function accountingText(
  { counts, erased, listed, namingNobody }: Accounting,
  kinds: readonly string[] | undefined,
): readonly string[] {
  const out = counts.filter(({ count: n, kind }) => n > 0 && !listed.includes(kind));
  const number = orMore(namingNobody);
  return [
    out.length === 0
      ? "No kind of disclosure is left out."
      : `Not listed${kinds === undefined ? ", as the law (45 CFR 164.528) does not ask for it" : ""}: ${out.map(({ count: n, kind }) => `${n} ${LEFT_OUT[kind]}`).join(", ")}.`,
    ...(namingNobody === 0
      ? []
      : [
          `In the same time ${number} accesses to data of patients were allowed that named no patient, such as searches over all: whose data they showed is not known here.`,
        ]),
    ...erasedText(erased),
    RECORDED,
  ];
}

const archivedText = ({ archived }: Archived): readonly string[] =>
  archived.map(
    ({ file, month, sha256 }) =>
      `${month} is not in the database, but in ${file} (SHA-256 ${sha256}): ask there, too, by scopewarden record open-archive.`,
  );

const DAY_MS = 86_400_000;

/** A date is that whole day in the zone in which times are written. */
function timeThere(text: string, option: "--from" | "--to", zone: Zone): string {
  const time = timeOf(text, option);
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return time;
  const day = option === "--from" ? text : isoTime(Date.parse(text) + DAY_MS).slice(0, 10);
  return isoTime(zone.midnight(day));
}

/** Whole days by their first and last one. */
function periodText(from: number, to: number, zone: Zone): string {
  return zone.isMidnight(from) && zone.isMidnight(to)
    ? `${zone.day(from)} through ${zone.day(to - 1)}`
    : `${zone.time(from)} until ${zone.time(to)}`;
}

/** What is handed to the patient: names and plain words, local times, no ids. */
function handedOutAccounting(
  items: readonly Answered<Disclosure>[],
  page: Accounting,
  { options, zone }: { options: DisclosuresOptions; zone: Zone },
): Written {
  const { by, kind, patient } = options;
  const { archived, counts, erased, from, listed, namingNobody, notes, patientName, to } = page;
  const { columns, rows } = handedOut(items, zone);
  const nothing =
    patientName === null
      ? `Nothing to list for the patient id ${patient}, of which the directory has no name: check that the id is right.`
      : `Nothing to list for ${patientName} in this time.`;
  const none = rows.length > 0 ? [] : notes.length > 0 ? notes : [nothing];
  return {
    title: "Accounting of disclosures",
    about: [
      ...(by === undefined ? [] : [["Given by", by] as const]),
      ["Patient", patientName ?? `id ${patient} (the directory has no name)`],
      ["Period", periodText(Date.parse(from), Date.parse(to), zone)],
      ["Made on", zone.day(Date.now())],
      ["Times", `as in ${zone.name}`],
    ],
    notes: [...none, ...archivedText(page), ...accountingText(page, kind)],
    columns,
    rows,
    lines: rows.flatMap(linesOf),
    unknown: notes,
    table: { columns: DISCLOSURE_COLUMNS, rows: items.map(disclosureRow) },
    json: { patient, from, to, counts, listed, namingNobody, erased, archived, notes, disclosures: items },
  };
}

async function written(options: DisclosuresOptions, client: ScopewardenClient): Promise<Written> {
  const { by, patient } = options;
  const zone = zoneOf(options.timeZone);
  const from = timeThere(options.from, "--from", zone);
  const to = options.to === undefined ? null : timeThere(options.to, "--to", zone);
  const aboutOf = (page: Archived) => [
    ...(by === undefined ? [] : [["Given by", by] as const]),
    ["Patient", patient] as const,
    ["Period", `from ${page.from} until before ${page.to}`] as const,
    ["Made", new Date().toISOString()] as const,
  ];
  if (options.history === true) {
    const outcome = options.denied === true ? "DENY" : "ALLOW";
    const variables = { patient, from, to, outcome };
    const asked = { field: "accessHistory", query: HISTORY, variables };
    const { items, page } = await allPages<Answered<PatientsAccess>, History>(client, asked);
    const [other, were] = outcome === "ALLOW" ? [page.denied, "denied"] : [page.allowed, "allowed"];
    const rest = `Apart from these, ${other} ${other === 1 ? "access was" : "accesses were"} ${were} in the same time.`;
    const rows = items.map(accessRow);
    return {
      title:
        outcome === "ALLOW" ? "Who saw the data of a patient" : "What was tried with the data of a patient, and denied",
      about: aboutOf(page),
      unknown: page.notes,
      notes: [
        ...(rows.length > 0
          ? []
          : page.notes.length > 0
            ? page.notes
            : [`Nothing of this is on record of the patient id ${patient} in this time.`]),
        ...archivedText(page),
        rest,
        ...erasedText(page.erased),
        ...(outcome === "ALLOW" ? [RECORDED] : []),
      ],
      columns: ACCESS_COLUMNS,
      rows,
      lines: items.map(({ summary }) => summary),
      table: { columns: ACCESS_COLUMNS, rows },
      json: {
        ...{ patient, from: page.from, to: page.to, outcome },
        ...{ allowed: page.allowed, denied: page.denied, erased: page.erased, archived: page.archived },
        notes: page.notes,
        accesses: items,
      },
    };
  }
  const variables = { patient, from, to, kinds: options.kind };
  const asked = { field: "accountingOfDisclosures", query: ACCOUNTING, variables };
  const { items, page } = await allPages<Answered<Disclosure>, Accounting>(client, asked);
  return handedOutAccounting(items, page, { options, zone });
}

async function textOf(
  options: DisclosuresOptions,
  { columns, json, lines, notes, rows, table, unknown: _, ...page }: Written,
): Promise<string> {
  if (options.csv === true) return csvText(Object.keys(table.columns) as never[], table.rows);
  if (options.html === true) return printedPage({ ...page, columns, notes, rows });
  let text = "";
  const to = { write: (part: string) => (text += part) };
  if (options.json === true) printJson(to, json);
  else
    printLines(to, [
      page.title,
      ...page.about.map(([name, value]) => `${name}: ${value}`),
      ...(lines.length === 0 ? [] : ["", ...lines]),
      "",
      ...notes,
    ]);
  return text;
}

export async function disclosures(
  options: DisclosuresOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  if (options.denied === true && options.history !== true) throw badUsage("--denied goes with --history.");
  if (options.kind !== undefined && options.history === true) throw badUsage("--kind goes without --history.");
  const unknown = options.kind?.find((kind) => !DISCLOSURE_KINDS.some((known) => known === kind));
  if (unknown !== undefined)
    throw badUsage(`--kind must be one of ${DISCLOSURE_KINDS.join(", ")}, and ${unknown} is none.`);
  const client = await connect(options, deps);
  const answer = await written(options, client);
  // A table has no place for them, and what is in a file was perhaps not read.
  if (options.csv === true || options.output !== undefined) printLines(deps.io.stderr, answer.unknown);
  await writeOutput(await textOf(options, answer), options.output, deps.io);
  return EXIT.ok;
}
