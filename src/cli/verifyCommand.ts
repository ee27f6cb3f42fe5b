import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import type { KnownRebuild } from "../domain/audit/indexRebuilds.ts";
import { callerName } from "../domain/callers/callerName.ts";
import { isoTime } from "../domain/kernel/time.ts";
import type { TrustedKey } from "../domain/record/verify/checkpointCheck.ts";
import { erasedText, findingText, moreText } from "../domain/record/verify/finding.ts";
import type { Verification } from "../domain/record/verify/verifyRecord.ts";
import type { IndexComparison, IndexDifference } from "../storage/journal/compareIndex.ts";
import type { HistoryComparison, HistoryDifference } from "../storage/journal/derived/compareHistory.ts";
import type { DerivedDifference } from "../storage/journal/derived/difference.ts";
import type { DamagedMonth } from "../storage/journal/search/monthDamage.ts";
import type { OpenedRecord } from "../storage/record/recordSource.ts";
import { durationOf } from "./durationOf.ts";
import { badUsage, type CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { startProgress } from "./progress.ts";
import { count, type Io, printJson, printLines } from "./terminal.ts";

interface VerifyOptions {
  readonly database?: string;
  readonly file?: string;
  readonly publicKey: readonly string[];
  readonly checkpoint: readonly string[];
  readonly treeOnly?: boolean;
  readonly maxUnsigned?: string;
  readonly wait?: string;
  readonly json?: boolean;
}

const HELP = `
Proves that nothing on record was changed: makes the leaf of each act anew, and compares all leaves with the signed checkpoints. It
changes nothing, and may run beside the service. What it proves rests on the public key and on the checkpoints that you kept
elsewhere: without --public-key it takes the keys that the database names, which whoever can change the one can change too.
docs/audit.md has the whole of it. \`db check\` looks at the pages of a SQLite file, which is another matter.

With --file it reads an export of the whole record (record export --format ndjson) instead, and needs nothing else but --public-key.

It compares the rows of the policy and of the directory with the acts of their revisions, as decisions are made of them; and the index
by which decisions are searched, month by month, with what narrows a search or counts decisions: what is not in it nobody finds.
--max-unsigned and --wait are for a nightly run beside the service, which signs once a minute.

It tells apart: changed, erased, removed, inserted, reordered, cut tail, rewritten, wrong archive, forged signature, tree
damaged; the first wrong entry first. Of very many it names the first twenty, and says how many more there are.

Exit codes: 0 the record is what was signed, 1 something is wrong, or nothing is signed, or too late, 2 the options or the configuration are not valid, 3 it can't be read.

Examples:
  $ scopewarden record verify
  $ scopewarden record verify --public-key record.pub --checkpoint kept/2026-03.txt
  $ scopewarden record verify --public-key record.pub --wait 2m --max-unsigned 10m
  $ scopewarden record verify --file record.ndjson --public-key record.pub --checkpoint kept/2026-03.txt
  $ scopewarden record verify --database sqlite:/backup/scopewarden.db --tree-only --json`;

const listed = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addVerify(program: Command): Command {
  return program
    .command("verify")
    .description("Proves that nothing on record was changed, removed, inserted or reordered.")
    .option("--database <url>", "the database (default: DATABASE_URL)")
    .option("--file <file>", "an export of the whole record, which proves itself without a database")
    .option(
      "--public-key <key>",
      "a public key of checkpoints, or a file with some, one a line; may be repeated",
      listed,
      [],
    )
    .option("--checkpoint <file>", "a checkpoint, or several, that you kept elsewhere; may be repeated", listed, [])
    .option(
      "--tree-only",
      "only the tree against its checkpoints, from the hashes that are kept: faster, and no act is read",
    )
    .option(
      "--max-unsigned <time>",
      "end with 1 where the oldest act that no checkpoint has yet is older than this, such as 10m",
    )
    .option("--wait <time>", "first wait for a checkpoint over all that is on record now, so long at most, such as 2m")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

/** @throws CliError that names where the path was given, and why it can't be read */
export async function readInput(path: string, { of }: { readonly of: string }): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file" : (error.code ?? error.message);
    throw badUsage(`${of}: ${path} can't be read: ${why}.`);
  });
}

const KEY_FORM = "a public key is name+0a1b2c3d+AX..., as the log of the first start and checkpointKeys have it";

/** Keys as they are given: each itself, or a file with some. Given, they are never none: else the database's own would be trusted. */
export async function givenKeys(given: readonly string[]): Promise<readonly TrustedKey[]> {
  const { noteVerifier } = await import("../process/noteKeys.ts");
  const keys: TrustedKey[] = [];
  for (const each of given) {
    const texts = noteVerifier(each) === null ? await keysInFile(each) : [each];
    for (const text of texts) {
      const verifier = noteVerifier(text);
      if (verifier === null)
        throw badUsage(`--public-key: ${each} has a line that is no public key, or not a whole one; ${KEY_FORM}.`);
      keys.push({ verifier, publicKey: text, untilSize: null });
    }
  }
  return keys;
}

async function keysInFile(path: string): Promise<readonly string[]> {
  if (path.includes("+") && !existsSync(path))
    throw badUsage(`--public-key: ${path} is no public key, or a character of it is wrong; ${KEY_FORM}.`);
  const texts = (await readInput(path, { of: "--public-key" })).split("\n").map((line) => line.trim());
  const keys = texts.filter((line) => line !== "");
  if (keys.length === 0) throw badUsage(`--public-key: ${path} has no public key in it; ${KEY_FORM}.`);
  return keys;
}

async function checkpointsIn(files: readonly string[], io: Io): Promise<readonly string[]> {
  const { readCheckpoints } = await import("../domain/record/tree/checkpointFile.ts");
  const all: string[] = [];
  for (const file of files) {
    const { broken, notes } = readCheckpoints(await readInput(file, { of: "--checkpoint" }));
    if (notes.length === 0) throw badUsage(`--checkpoint: ${file} has no signed checkpoint in it.`);
    if (broken > 0)
      printLines(io.stderr, [
        `${broken} of ${broken + notes.length} notes in ${file} broke off, or are none, and prove nothing.`,
      ]);
    all.push(...notes);
  }
  return all;
}

async function openedRecord(url: string): Promise<OpenedRecord> {
  const { openRecord } = await import("../storage/record/recordSource.ts");
  const failed = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    return unavailable("The record can't be read.", why);
  };
  const record = await openRecord(url).catch((error: unknown) => Promise.reject(failed(error)));
  if (record === null) throw unavailable("There is no database there.");
  return record;
}

/** Those that the database names: each speaks for what was signed while it was the current one. */
async function keptKeys({ keys }: OpenedRecord): Promise<readonly TrustedKey[]> {
  const { noteVerifier } = await import("../process/noteKeys.ts");
  return keys.flatMap(({ publicKey, untilSize }) => {
    const verifier = noteVerifier(publicKey);
    return verifier === null ? [] : [{ verifier, publicKey, untilSize }];
  });
}

/** What was found of a database. */
interface Found {
  readonly verification: Verification;
  /** How many keys of checkpoints the database names. */
  readonly keys: number;
  /** When the first act was that no checkpoint has, in milliseconds since 1970; NaN: it can't be told; null: there is none. */
  readonly unsignedSince: number | null;
  /** Whether that is longer ago than it may be. */
  readonly isTooLate: boolean;
  /** Null: it was not compared. */
  readonly index: IndexComparison | null;
  /** The policy and the directory; null: they were not compared. */
  readonly histories: { readonly policy: HistoryComparison; readonly directory: HistoryComparison } | null;
  /** Rebuilds of which no auditor has taken note. */
  readonly rebuilt: readonly KnownRebuild[];
}

/** Why nothing is proved where no act is wrong: what speaks for the record is gone, or was never there. */
function missingText({ keys, verification: { checkpoints, signedSize, size } }: Found): readonly string[] {
  if (signedSize === 0)
    return [
      `nothing is signed: no checkpoint speaks for any ${size === 0 ? "act" : `of the ${count(size, "act")}`}, so nothing is proved.`,
    ];
  if (checkpoints === 0) return ["checkpoints are gone: the database has none, and there was one at least."];
  return keys === 0 ? ["keys are gone: the database names none by which its checkpoints were signed."] : [];
}

const indexText = ({ decisions, month, position }: IndexDifference): string =>
  `index differs: of ${month ?? "no month"} the search index has ${count(decisions, "decision")} otherwise than the record, or not at all; the first is at position ${position}`;

const damagedText = ({ finding, id, month }: DamagedMonth): string =>
  `index damaged: the search index search_${id}${month === null ? "" : ` (${month})`} can't be read: ${finding}. The service makes it again by itself, once a day at most; scopewarden db rebuild-index makes it at once.`;

function rebuiltText(rebuild: KnownRebuild): string {
  const { at, by, event, finding, months, rebuildId, table } = rebuild;
  const which = `The search index ${table}${months.length === 0 ? "" : ` (${months.join(", ")})`}`;
  const when = isoTime(at);
  const asked = `by ${by === undefined ? "" : callerName(by, null).name} (db rebuild-index)`;
  const what =
    by === undefined
      ? `was damaged, and was made again at ${when}`
      : event === "REBUILT"
        ? `was thrown away, and was made again at ${when}, ${asked}`
        : `was thrown away at ${when}, ${asked}; that it was made again to its end is not on record`;
  return `${which} ${what}${finding === "" ? "" : `: ${finding}`}. Until an auditor acknowledges it (acknowledgeIndexRebuild, id ${rebuildId}), this is said.`;
}

const MEND_INDEX =
  "What is searched, counted and accounted for lacks that: find out who changed it; scopewarden db rebuild-index makes the index anew.";

const derivedText = ({ first, rows, table }: DerivedDifference): string =>
  `derived data differs: ${table} has ${count(rows, "row")} otherwise than the record says, or not at all; the first: ${first}`;

const historyText = ({ history, revision, text }: HistoryDifference): string =>
  `${history} differs: ${revision === null ? "" : `revision ${revision}: `}${text}`;

const MEND_HISTORY = "Decisions are made of that: find out who changed it, and put a backup in its place.";

const notComparedText = (of: string, { notCompared }: HistoryComparison): readonly string[] =>
  notCompared === 0
    ? []
    : [
        `Not compared with the record: ${count(notCompared, "revision")} of the ${of}, whose acts are archived or of a format without a digest.`,
      ];

function historyTexts({ histories }: Found): {
  readonly differing: readonly string[];
  readonly notCompared: readonly string[];
} {
  if (histories === null) return { differing: [], notCompared: [] };
  const { directory, policy } = histories;
  const found = [...policy.differences, ...directory.differences].map(historyText);
  const more = policy.more + directory.more;
  const differing = [...found, ...(more > 0 ? [`and ${more} more of that kind`] : [])];
  return {
    differing: differing.length === 0 ? [] : [...differing, MEND_HISTORY],
    notCompared: [...notComparedText("policy", policy), ...notComparedText("directory", directory)],
  };
}

const tooLateText = ({ unsignedSince }: Found, most: string): string =>
  `unsigned too long: the first act that no checkpoint has is ${since(unsignedSince)}, which is more than ${most} ago`;
const since = (time: number | null): string =>
  time === null || Number.isNaN(time) ? "of a time that can't be read" : `of ${isoTime(time)}`;

function reportOf(
  found: Found,
  { isTreeOnly, isOwnKey, most }: { readonly isTreeOnly: boolean; readonly isOwnKey: boolean; readonly most: string },
): readonly string[] {
  const { archived, checkpoints, erased, findings, more, pending, root, signedSize, size } = found.verification;
  const { damaged = [], derived = [], differences = [], behind = 0 } = found.index ?? {};
  const tooLate = found.isTooLate ? [tooLateText(found, most)] : [];
  if (findings.length > 0) return [...findings.map(findingText), ...moreText(more), ...tooLate];
  const missing = missingText(found);
  if (missing.length > 0) return missing;
  const { differing, notCompared } = historyTexts(found);
  const what = isTreeOnly ? "The tree is what was signed" : "The record is what was signed";
  return [
    ...tooLate,
    ...differing,
    ...damaged.map(damagedText),
    ...differences.map(indexText),
    ...derived.map(derivedText),
    ...(differences.length + derived.length > 0 ? [MEND_INDEX] : []),
    `${what}: ${count(size, "act")}, ${count(checkpoints, "checkpoint")}, root ${root}.`,
    ...(signedSize < size
      ? [
          `The last ${count(size - signedSize, "act")} of them no checkpoint has yet; the first is ${since(found.unsignedSince)}.`,
        ]
      : []),
    ...archived.map(
      ({ file, first, from, gone, month, sha256, size: end, until }) =>
        `Positions ${from} to ${until} (acts number ${first + 1} to ${end}, ${month}) are archived in ${file}, SHA-256 ${sha256}; ${gone} of them have left.`,
    ),
    ...(pending > 0 ? [`${count(pending, "act")} beyond ${pending === 1 ? "is" : "are"} not in the tree yet.`] : []),
    ...(behind > 0 ? [`${count(behind, "decision")} ${behind === 1 ? "is" : "are"} not in the search index yet.`] : []),
    ...notCompared,
    ...found.rebuilt.map(rebuiltText),
    ...(erased > 0 ? [erasedText(erased)] : []),
    ...(isOwnKey ? [] : ["The keys are those that the database names: with --public-key it proves more."]),
  ];
}

const unreadable = (error: unknown): CliError =>
  unavailable("The record can't be read.", error instanceof Error ? error.message : String(error));

async function verifyDatabaseRecord(
  record: OpenedRecord,
  {
    elsewhere,
    given,
    isTreeOnly,
    mostMs,
  }: {
    readonly given: readonly TrustedKey[];
    readonly elsewhere: readonly string[];
    readonly isTreeOnly: boolean;
    /** Null: however long. */
    readonly mostMs: number | null;
  },
  io: Io,
): Promise<Found> {
  const [{ verifyRecord }, { recordHash }, { noteVerifier }] = await Promise.all([
    import("../domain/record/verify/verifyRecord.ts"),
    import("../process/recordHash.ts"),
    import("../process/noteKeys.ts"),
  ]);
  const bar = await startProgress(record.size, "acts", io.stderr);
  const verification = await verifyRecord({
    source: isTreeOnly ? record.treeOnly : record.source,
    hash: recordHash,
    keys: given.length > 0 ? given : await keptKeys(record),
    readKey: noteVerifier,
    elsewhere,
    progress: bar.update,
  }).finally(bar.stop);
  const unsignedSince = await record.firstAfter(verification.signedPosition);
  const isTooLate = mostMs !== null && unsignedSince !== null && !(Date.now() - unsignedSince <= mostMs);
  const rebuilt = await record.unacknowledged();
  const found = { verification, keys: record.keys.length, unsignedSince, isTooLate, rebuilt };
  // Index, policy and directory are compared with the acts: of what is wrong with these they are no witness.
  if (isTreeOnly || verification.findings.length > 0) return { ...found, histories: null, index: null };
  const histories = await record.compareHistories();
  const indexBar = await startProgress(record.end, "positions of the search index", io.stderr);
  return { ...found, histories, index: await record.compareIndex(indexBar.update).finally(indexBar.stop) };
}

export async function verify(options: VerifyOptions, io: Io): Promise<ExitCode> {
  const { maxUnsigned, wait } = options;
  const mostMs = maxUnsigned === undefined ? null : durationOf(maxUnsigned, "--max-unsigned");
  const waitMs = wait === undefined ? null : durationOf(wait, "--wait");
  const given = await givenKeys(options.publicKey);
  const elsewhere = await checkpointsIn(options.checkpoint, io);
  if (options.file !== undefined) {
    if (options.database !== undefined || options.treeOnly === true)
      throw badUsage("--file is verified by itself, act by act: leave out --database and --tree-only.");
    if (mostMs !== null || waitMs !== null)
      throw badUsage("--max-unsigned and --wait go with a database: nobody signs a file. Leave them out.");
    const { verifyFile } = await import("./verifyFile.ts");
    return verifyFile(options.file, { keys: given, elsewhere, json: options.json === true }, io);
  }
  const url = options.database ?? loadConfig().databaseUrl;
  if (waitMs !== null) {
    const { untilSigned } = await import("../storage/record/untilSigned.ts");
    const isSigned = await untilSigned(url, waitMs).catch((error: unknown) => Promise.reject(unreadable(error)));
    if (!isSigned) printLines(io.stderr, [`In ${wait} no checkpoint came that has all that is on record.`]);
  }
  const record = await openedRecord(url);
  try {
    const isTreeOnly = options.treeOnly === true;
    const found = await verifyDatabaseRecord(record, { given, elsewhere, isTreeOnly, mostMs }, io).catch(
      (error: unknown) => Promise.reject(unreadable(error)),
    );
    const { histories, index, keys, rebuilt, unsignedSince, verification } = found;
    if (options.json === true) {
      const isTime = unsignedSince !== null && !Number.isNaN(unsignedSince);
      printJson(io.stdout, {
        ...verification,
        keys,
        unsignedSince: isTime ? isoTime(unsignedSince) : null,
        histories,
        index,
        rebuilt,
      });
    } else printLines(io.stdout, reportOf(found, { isTreeOnly, isOwnKey: given.length > 0, most: maxUnsigned ?? "" }));
    const isRight =
      verification.findings.length === 0 &&
      missingText(found).length === 0 &&
      !found.isTooLate &&
      (index?.differences ?? []).length === 0 &&
      (index?.damaged ?? []).length === 0 &&
      (index?.derived ?? []).length === 0 &&
      historyTexts(found).differing.length === 0;
    return isRight ? EXIT.ok : EXIT.refused;
  } finally {
    await record.close();
  }
}
