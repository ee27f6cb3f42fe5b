import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { OpenedDomain } from "../app.ts";
import { machineCaller } from "../domain/callers/callerName.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type ArchivedMonth, monthLines, nextMonth } from "../domain/record/archive/archiveMonth.ts";
import { isMonth, monthOf, monthsLater } from "../domain/record/archive/months.ts";
import type { Archive } from "../domain/record/archive/store.ts";
import { digestOfFile, writeArchiveFile } from "./archive/archiveFile.ts";
import { badUsage, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { openBeside } from "./openBeside.ts";
import { startProgress } from "./progress.ts";
import { each } from "./requestOptions.ts";
import { count, type Io, printJson, printLines } from "./terminal.ts";
import { whoRuns } from "./whoRuns.ts";

interface ArchiveOptions {
  readonly to: string;
  readonly month?: string;
  readonly before?: string;
  readonly reason: string;
  readonly keep: string;
  readonly leaveBehind?: readonly string[];
  readonly json?: boolean;
}

const HELP = `
Takes the oldest months out of the database, each into a file of its own in the form of an export: FOLDER/scopewarden-2024-05.ndjson. The
file is on disk, read again and proved against a checkpoint before anything leaves; that it leaves, where to and why stands on record
in its place. The file is as secret as the database, and the only place where these acts are from then on: copy it first, if the disk
may fail. Decisions go on meanwhile. A command that broke off is finished by the next one.

Exit codes: 0 done, or there was nothing to do; 2 the options or the configuration are not valid; 3 it could not be done.

Examples:
  $ scopewarden record archive --month 2024-05 --to /archive --reason "Two years in the database"
  $ scopewarden record archive --before 2024-07 --to /archive --reason "Two years in the database"`;

/** With these what looks back by 30 days has all of them, on any day of the month. */
const LEAST_KEPT = 2;
/** And what looks back by 400 days: access reviews, and the shares of accesses that are explained. */
const USUALLY_KEPT = 14;

export function addArchive(program: Command): Command {
  return program
    .command("archive")
    .description("Takes whole months of the record to files, and out of the database.")
    .requiredOption("--to <folder>", "where the files go")
    .option("--month <month>", "the oldest month that is in the database, such as 2024-05")
    .option("--before <month>", "all months before this one")
    .requiredOption("--reason <text>", "why; it is kept on record")
    .option(
      "--keep <months>",
      `whole months before this one that stay in the database, ${LEAST_KEPT} at least`,
      String(USUALLY_KEPT),
    )
    .option(
      "--leave-behind <follower>",
      "go on although this follower of the journal has not taken the acts, such as webhook_outbox where nobody is told any more; may be given again",
      each,
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

const archiveName = (month: string): string => `scopewarden-${month}.ndjson`;

/** The last month that is to leave, and whether it alone is meant. @throws CliError */
function lastMonth({ before, keep, month }: ArchiveOptions, now: number): string {
  for (const [option, value] of Object.entries({ before, month }))
    if (value !== undefined && !isMonth(value)) throw badUsage(`--${option} must be a month such as 2024-05.`);
  if ((before === undefined) === (month === undefined)) throw badUsage("Name months by --month or by --before.");
  if (!/^\d{1,4}$/.test(keep) || Number(keep) < LEAST_KEPT)
    throw badUsage(`--keep must be a number of months, ${LEAST_KEPT} at least.`);
  const last = month ?? monthsLater(before ?? "", -1);
  const newest = monthsLater(monthOf(now) ?? "", -1 - Number(keep));
  if (last > newest)
    throw badUsage(`${last} is too young: ${newest} is the newest month that may leave, as --keep is ${keep}.`);
  return last;
}

/** What one run of the command works with. */
interface Run {
  readonly storage: OpenedDomain["storage"];
  readonly options: ArchiveOptions;
  readonly io: Io;
}

const pathOf = ({ options }: Run, file: string): string => join(options.to, file);

/** @throws CliError where a file does not prove by itself that it has what is to leave */
async function requireProof({ storage }: Run, file: string, month: ArchivedMonth): Promise<void> {
  const [{ verifyExport }, { recordHash }, { noteVerifier }, { linesOf }] = await Promise.all([
    import("../domain/record/verify/verifyExport.ts"),
    import("../process/recordHash.ts"),
    import("../process/noteKeys.ts"),
    import("./verifyFile.ts"),
  ]);
  const keys = (await storage.record.keys()).flatMap(({ publicKey, untilSize }) => {
    const verifier = noteVerifier(publicKey);
    return verifier === null ? [] : [{ verifier, publicKey, untilSize }];
  });
  const lines = linesOf(file, () => undefined);
  const proof = await verifyExport({ lines, hash: recordHash, keys, readKey: noteVerifier, elsewhere: [] });
  const isProved =
    typeof proof !== "string" &&
    proof.findings.length === 0 &&
    proof.signedSize === month.size &&
    proof.first === month.first &&
    proof.root === month.root;
  if (!isProved)
    throw unavailable(
      `The file of ${month.month} does not prove itself, and nothing has left the database.`,
      "The record may have been changed: see scopewarden record verify.",
    );
}

/** Nothing has been taken out by then, which can't be undone. @throws CliError where one that is to be left behind is no follower */
async function requireKnown({ options, storage }: Run): Promise<void> {
  const known = await storage.archives.followers();
  const unknown = options.leaveBehind?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badUsage(
      `--leave-behind must be a follower of the journal, and ${unknown} is none: ${known.join(", ")}.`,
      "One that this database never had has nothing to take: leave it out.",
    );
}

/** The followers that are left behind. @throws CliError for others that have not taken all acts up to a position */
async function requireFollowed({ options, storage }: Run, until: number): Promise<readonly string[]> {
  const behind = await storage.archives.followersBefore(until);
  const others = behind.filter((name) => options.leaveBehind?.includes(name) !== true);
  if (others.length > 0)
    throw unavailable(
      `Acts that are to leave have not been taken by ${others.join(", ")}.`,
      "Start the service, and ask again when it has caught up; or leave behind what is not used any more by --leave-behind.",
    );
  return behind;
}

/** Takes what an archive has out of the database, from where that is. */
async function takeOut({ io, storage }: Run, archive: Archive): Promise<void> {
  // What left is told by an act of the tree: without it `record verify` would miss what is gone.
  await storage.record.untilGrown();
  const { from, until } = archive;
  const bar = await startProgress(until - from + 1, "positions", io.stderr);
  await storage.archives.remove(archive, (to) => bar.update(to - from + 1)).finally(bar.stop);
}

/** Goes on with an archive whose acts have not all left. @throws CliError where its file is not at hand as it was written */
async function finish(run: Run, archive: Archive): Promise<void> {
  const path = pathOf(run, archive.file);
  const digest = await digestOfFile(path).catch(() => null);
  if (digest !== archive.sha256)
    throw badUsage(
      `The acts of ${archive.month} have not all left the database, and ${path} is not the file that has them.`,
      `Name the folder by --to where ${archive.file} is, with the SHA-256 ${archive.sha256}.`,
    );
  await takeOut(run, archive);
}

async function archiveOne(
  run: Run,
  { after, month }: { readonly after: number; readonly month: string },
): Promise<Archive> {
  const { options, storage } = run;
  const { archives, record, storedActs } = storage;
  await record.untilGrown();
  const file = archiveName(month);
  const lines = monthLines({ acts: storedActs.acts, record }, { after, month });
  const { sha256, written } = await writeArchiveFile(pathOf(run, file), lines, (path, each) =>
    requireProof(run, path, each),
  );
  const leftBehind = await requireFollowed(run, written.until);
  const { directoryRevision, ...rest } = written;
  const before = (await archives.archives()).at(-1)?.directoryRevision ?? 0;
  const archive = await archives.add(
    {
      ...rest,
      ...{ event: "ARCHIVED", at: Date.now(), author: machineCaller(whoRuns()), text: options.reason },
      ...{ file, sha256, leftBehind },
    },
    directoryRevision ?? before,
  );
  await takeOut(run, archive);
  return archive;
}

async function archiveMonths(run: Run, last: string): Promise<readonly Archive[]> {
  const { options, storage } = run;
  const done: Archive[] = [];
  const newest = (await storage.archives.archives()).at(-1);
  if (newest !== undefined && newest.removedTo < newest.until) {
    await finish(run, newest);
    done.push(newest);
  }
  for (let after = newest?.until ?? 0; ; ) {
    const month = await nextMonth(storage.storedActs.acts, after);
    if (month === null || month > last) break;
    if (options.month !== undefined && month < last)
      throw badUsage(
        `${month} is the oldest month in the database: what leaves is always the oldest.`,
        `Archive it first, or several by --before ${monthsLater(last, 1)}.`,
      );
    const archive = await archiveOne(run, { after, month });
    done.push(archive);
    after = archive.until;
  }
  return done;
}

const textOf = (run: Run, { file, first, month, sha256, size }: Archive): readonly string[] => [
  `${month}: ${count(size - first, "act")} in ${pathOf(run, file)}, and no longer in the database`,
  `SHA-256 ${sha256}`,
];

export async function archive(options: ArchiveOptions, io: Io): Promise<ExitCode> {
  if (options.reason.trim() === "" || options.reason.length > 2_000)
    throw badUsage("--reason must have 1 to 2000 characters.");
  const last = lastMonth(options, Date.now());
  if ((await stat(options.to).catch(() => null))?.isDirectory() !== true)
    throw badUsage(`${options.to} is no folder. Make it first, and let its owner alone read it.`);
  const { storage, close } = await openBeside(io);
  const run: Run = { storage, options, io };
  try {
    await requireKnown(run);
    const done = await archiveMonths(run, last);
    if (options.json === true) printJson(io.stdout, done);
    else
      printLines(
        io.stdout,
        done.length === 0
          ? [`Nothing of ${last} or before is in the database.`]
          : done.flatMap((one) => textOf(run, one)),
      );
    const { holds } = done.length === 0 ? { holds: [] } : await storage.retention.inForce();
    if (holds.length > 0)
      printLines(io.stderr, [
        `Legal holds in force: ${holds.length}. They hold what is in the files as well: delete no file while one may cover it.`,
      ]);
    return EXIT.ok;
  } catch (error) {
    throw error instanceof ScopewardenError ? unavailable(error.message) : error;
  } finally {
    await close();
  }
}
