import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { machineCaller } from "../domain/callers/callerName.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { cantBeUsed, requireDatabase } from "./openBeside.ts";
import { startProgress } from "./progress.ts";
import { type Io, printLines } from "./terminal.ts";
import { whoRuns } from "./whoRuns.ts";

const HELP = `
Searches, counts and explanations of decisions read what follows the journal. This throws it away and makes it again from what is
on record, which it does not change. Stop the service first where DATABASE_URL is a SQLite file; on PostgreSQL it may run, and
searches wait meanwhile. It goes on by itself after an interruption, at the next start of the service. Who ran it, when, what the database
had said and digests of the index before and after are put on record, and scopewarden record verify mentions it until an auditor acknowledges it.

Exit codes: 0 it is done, 2 the options or the configuration are not valid, 3 the database can't be used, or is in use.

Example:
  $ scopewarden db rebuild-index`;

export function addRebuildIndex(program: Command): Command {
  return program
    .command("rebuild-index")
    .description("Makes the index, the counts and the explanations of decisions again from the journal.")
    .addHelpText("after", HELP);
}

const LOOK_EVERY_MS = 200;

export async function rebuildIndex(io: Io): Promise<ExitCode> {
  const config = loadConfig();
  await requireDatabase(config.databaseUrl);
  const [{ openStorage }, { configuredPlaces }] = await Promise.all([
    import("../storage/storage.ts"),
    import("../app.ts"),
  ]);
  const placeOf = await configuredPlaces(config, ({ message }) => io.stderr.write(`${message}\n`));
  const options = { url: config.databaseUrl, clock: () => Date.now(), placeOf };
  const storage = await openStorage(options).catch((error) => Promise.reject(cantBeUsed(error)));
  try {
    const lag = () => storage.followers().reduce((sum, follower) => sum + follower.lag, 0);
    const who = whoRuns();
    const done = storage.rebuildIndex(machineCaller(who));
    let isOver = false;
    const over = done.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined); // It is waited for below.
    await Promise.race([over, delay(LOOK_EVERY_MS)]);
    const total = lag();
    const bar = await startProgress(total, "acts", io.stderr);
    while (!isOver) {
      bar.update(Math.max(0, total - lag()));
      await Promise.race([over, delay(LOOK_EVERY_MS)]);
    }
    bar.stop();
    await done.catch((error) => Promise.reject(cantBeUsed(error)));
    printLines(io.stdout, [
      "The index, the counts and the explanations of decisions are made again.",
      `It is on record that ${who} had this done; verify mentions it until an auditor acknowledges it.`,
    ]);
    return EXIT.ok;
  } finally {
    await storage.close();
  }
}
