import { type Command, Option } from "commander";
import type { TrustedErased, TrustedRetention } from "../domain/audit/retention/trustedRetention.ts";
import { isoTime } from "../domain/kernel/time.ts";
import { DAY_MS } from "../domain/policy/use.ts";
import { EXIT, type ExitCode, unavailable } from "./exit.ts";
import { openBeside } from "./openBeside.ts";
import { type Io, printLines } from "./terminal.ts";

const HELP = `
What identifies people is erased from the record once the time is over that the policy keeps it for (retentionYears of the
organization, six years unless it says otherwise), but for what a legal hold covers. The running service does it by itself; this does
it now, beside it. The proof of the record still holds, and each erasure is an act on record. It can't be undone.

With --dry-run it tells what would be erased, and changes nothing.

A clock that is more than four days ahead of when the record was last looked at is not believed, and nothing is erased. Where the service
stood still for so long, or the database is an old backup, look at the clock, and say --clock-is-right.

Exit codes: 0 it is done, 2 the options or the configuration are not valid, 3 the database can't be used.

Examples:
  $ scopewarden record retain --dry-run
  $ scopewarden record retain --json`;

interface RetainOptions {
  readonly dryRun?: true;
  readonly json?: true;
  readonly clockIsRight?: true;
}

export function addRetain(program: Command): Command {
  return program
    .command("retain")
    .description("Erases what identifies people from acts on record whose time is over.")
    .option("--dry-run", "tell what would be erased, and erase nothing")
    .addOption(
      new Option("--clock-is-right", "believe the clock, however far it is ahead of the record").conflicts("dryRun"),
    )
    .option("--json", "print JSON")
    .addHelpText("after", HELP);
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** Why nothing is erased by the clock as it is. */
const aheadText = (clockAheadMs: number): string =>
  `The clock is ${counted(Math.floor(clockAheadMs / DAY_MS), "day")} ahead of when the record was last looked at. If it is right, say so with --clock-is-right.`;

function linesOf({ acts, clockAheadMs, held, nextAt, values }: TrustedErased, isDry: boolean): readonly string[] {
  const isRefused = clockAheadMs > 0 && !isDry;
  if (isRefused) return ["Nothing was erased.", aheadText(clockAheadMs)];
  const done = isDry ? "would be erased" : values === 1 ? "was erased" : "were erased";
  const isNoneOver = acts === 0 && held === 0;
  return [
    acts === 0
      ? `Nothing ${isDry ? "would be" : "was"} erased${isNoneOver ? ": no act's time is over" : ""}.`
      : `${counted(values, "value")} of ${counted(acts, "act")} ${done}.`,
    ...(held === 0
      ? []
      : [`${counted(held, "act")} whose time is over ${held === 1 ? "is" : "are"} kept by a legal hold.`]),
    ...(clockAheadMs === 0 ? [] : [`That would not be done now. ${aheadText(clockAheadMs)}`]),
    ...(nextAt === null ? [] : [`The time of the next act is over at ${isoTime(nextAt)}.`]),
  ];
}

const BELIEVED = "The clock is believed from now on. A running service sees it when it looks next, or starts.";

/** Erases what is due, and tells as a dry run does what is kept then. */
async function erased({ eraseDue, preview }: TrustedRetention): Promise<TrustedErased> {
  const done = await eraseDue();
  // Erasing does not look again at what it passed over before. What was erased is told in any case.
  const { held, nextAt } = await preview().catch(() => done);
  return { ...done, held, nextAt };
}

export async function retain(options: RetainOptions, io: Io): Promise<ExitCode> {
  const opened = await openBeside(io);
  const failed = (error: unknown) =>
    unavailable(
      "What is to be erased can't be read or written.",
      error instanceof Error ? error.message : String(error),
    );
  try {
    const { domain } = opened;
    await domain.policy.refresh();
    const isDry = options.dryRun === true;
    if (options.clockIsRight === true)
      await domain.retention.trustClock().catch((error) => Promise.reject(failed(error)));
    const work = isDry ? domain.retention.preview() : erased(domain.retention);
    const done = await work.catch((error) => Promise.reject(failed(error)));
    const { acts, clockAheadMs, held, nextAt, values } = done;
    const json = { dryRun: isDry, acts, values, held, clockAheadMs, nextAt: nextAt === null ? null : isoTime(nextAt) };
    const lines = [...linesOf(done, isDry), ...(options.clockIsRight === true ? [BELIEVED] : [])];
    printLines(io.stdout, options.json === true ? [JSON.stringify(json)] : lines);
    return EXIT.ok;
  } finally {
    await opened.close();
  }
}
