/** Appends decisions as fast as it can, followed or alone, and prints the id of each once it was acknowledged, or that it was refused. */
import { writeSync } from "node:fs";
import { sqliteDialect } from "../../src/storage/database/sqlite.ts";
import { openStorageOn } from "../../src/storage/storage.ts";
import { decision } from "../storage/samples.ts";

const [path = "", synchronous = "FULL", from = "0", follows = "follows"] = process.argv.slice(2);
const dialect = sqliteDialect(path);
const storage = await openStorageOn({
  clock: Date.now,
  ...(follows === "alone" && { following: { consumers: [] } }),
  dialect:
    synchronous === "FULL"
      ? dialect
      : {
          ...dialect,
          // A copy of the log makes all before it durable.
          copyLog: null,
          async setUp(purpose, run) {
            await dialect.setUp(purpose, run);
            await run(`PRAGMA synchronous = ${synchronous}`);
            await run("PRAGMA wal_autocheckpoint = 0");
          },
          requireDurable: async () => undefined,
        },
});
writeSync(1, "ready\n");
/** Synchronous: what was written here is what the parent may rely on. A pipe that is full is tried again. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

let next = Number(from);
const lane = async (): Promise<never> => {
  for (;;) {
    const record = decision(next++);
    const line = await storage.journal.append([record]).then(
      () => `yes ${record.id}\n`,
      async ({ code }: { readonly code?: string }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return `no ${String(code)}\n`;
      },
    );
    say(line);
  }
};
await Promise.all(Array.from({ length: 4 }, lane));
