// Reads the journal, and stops inside that read; the next one follows the journal as any other.
import { existsSync, writeFileSync } from "node:fs";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";

const { STOPS_IN: url = "", STOPS_ONCE: marker = "" } = process.env;
if (!existsSync(marker)) {
  const { run } = await openConnection({ dialect: dialectOf(url), purpose: "read", counter: statementCounter() });
  await run("BEGIN");
  await run('SELECT MAX("seq") FROM journal');
  writeFileSync(marker, String(process.pid));
  process.kill(process.pid, "SIGSTOP");
}
await import("../../src/jobs/followerProcess.ts");
