import { type Command, Option } from "commander";
import type { ClientConfig } from "../config.ts";
import type { DisclosureCount } from "../domain/audit/disclosures/accountingOfDisclosures.ts";
import type { Disclosure } from "../domain/audit/disclosures/disclosure.ts";
import { DISCLOSURE_KINDS, type DisclosureKind } from "../domain/audit/disclosures/disclosureKind.ts";
import type { PatientsAccess } from "../domain/monitoring/explanations/accessHistory.ts";
import type { ScopewardenClient } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { csvText } from "./csv.ts";
import { type PrintedTable, printedPage } from "./disclosures/page.ts";
import { ACCESS_COLUMNS, type Answered, accessRow, DISCLOSURE_COLUMNS, disclosureRow } from "./disclosures/rows.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { writeOutput } from "./output.ts";
import { each } from "./requestOptions.ts";
import { type Io, printJson, printLines } from "./terminal.ts";
import { timeOf } from "./timeOf.ts";

interface DisclosuresOptions extends ConnectOptions {
  readonly patient: string;
  readonly from: string;
  readonly to?: string;
  readonly history?: boolean;
  readonly denied?: boolean;
  readonly kind?: readonly string[];
  readonly by?: string;
  readonly csv?: boolean;
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

const HELP = `
Without --history it is an accounting of disclosures (45 CFR 164.528): what was disclosed for treatment, payment and health care
operations, to the patient, and by a consent is counted and left out, unless --kind asks for it. With --history it is who saw the
patient's data, whatever for. A date alone is that whole day where the service is. Who asks, and for whom, is on record. Needs a key with the role auditor.

Exit codes: 0 it was written, 2 the options, the key or the file are not valid, 3 the service can't answer.

Examples:
  $ scopewarden disclosures --patient ada --from 2025-11-24 --to 2026-11-23
  $ scopewarden disclosures --patient ada --from 2025-11-24 --to 2026-11-23 --by "General Hospital" --html --output ada.html
  $ scopewarden disclosures --patient ada --from 2026-11-01 --to 2026-11-30 --history --csv > ada.csv`;

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
    edges { node { decisionId at kind recipient ${RECIPIENT} description purpose purposeOfUse consents emergency summary } }
    ${PAGE} counts { kind count } listed namingNobody erased } }`;
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

/** What is written: a table, and the same in sentences. */
interface Written extends PrintedTable {
  readonly sentences: readonly string[];
  /** What occurs nowhere of what was asked about; empty: all does. */
  readonly unknown: readonly string[];
  readonly json: object;
}

const MOST_NAMING_NOBODY = 10_001;
const RECORDED =
  "Scopewarden records that an access was allowed. Whether data was then sent, the system that holds it knows.";

const orMore = (number: number): string =>
  number >= MOST_NAMING_NOBODY ? `${MOST_NAMING_NOBODY - 1} or more` : String(number);

const erasedText = (erased: number): readonly string[] =>
  erased === 0
    ? []
    : [
        `Of ${orMore(erased)} accesses in the same time it is erased whose data they were about, as their time is over: whether any were to this patient's is not known any more.`,
      ];

function accountingText({ counts, erased, listed, namingNobody }: Accounting): readonly string[] {
  const out = counts.filter(({ count: n, kind }) => n > 0 && !listed.includes(kind));
  const number = orMore(namingNobody);
  return [
    out.length === 0
      ? "Nothing is left out."
      : `Left out are ${out.map(({ count: n, kind }) => `${n} of the kind ${kind}`).join(", ")}.`,
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
      `${month} is not in the database, but in ${file} (SHA-256 ${sha256}): ask there, too, by scopewarden open-archive.`,
  );

async function written(options: DisclosuresOptions, client: ScopewardenClient): Promise<Written> {
  const { by, patient } = options;
  const from = timeOf(options.from, "--from");
  const to = options.to === undefined ? null : timeOf(options.to, "--to");
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
    return {
      title:
        outcome === "ALLOW" ? "Who saw the data of a patient" : "What was tried with the data of a patient, and denied",
      about: aboutOf(page),
      unknown: page.notes,
      notes: [...archivedText(page), rest, ...erasedText(page.erased), RECORDED],
      columns: ACCESS_COLUMNS,
      rows: items.map(accessRow),
      sentences: items.map(({ summary }) => summary),
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
  const { archived, counts, erased, listed, namingNobody } = page;
  return {
    title: "Accounting of disclosures",
    about: aboutOf(page),
    unknown: page.notes,
    notes: [...archivedText(page), ...accountingText(page)],
    columns: DISCLOSURE_COLUMNS,
    rows: items.map(disclosureRow),
    sentences: items.map(({ summary }) => summary),
    json: {
      patient,
      from: page.from,
      to: page.to,
      counts,
      listed,
      namingNobody,
      erased,
      archived,
      notes: page.notes,
      disclosures: items,
    },
  };
}

async function textOf(
  options: DisclosuresOptions,
  { columns, json, notes, rows, sentences, unknown, ...page }: Written,
): Promise<string> {
  if (options.csv === true) return csvText(Object.keys(columns) as never[], rows);
  if (options.html === true) return printedPage({ ...page, columns, notes: [...unknown, ...notes], rows });
  let text = "";
  const to = { write: (part: string) => (text += part) };
  if (options.json === true) printJson(to, json);
  else
    printLines(to, [
      page.title,
      ...page.about.map(([name, value]) => `${name}: ${value}`),
      "",
      ...(sentences.length > 0 ? sentences : unknown.length > 0 ? unknown : ["There is nothing in this time."]),
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
