// Follows the journal, but stops once before that, inside a read or a transaction of its own.
import { existsSync, writeFileSync } from "node:fs";

const { STOPS_IN: url = "", STOPS_ONCE: marker = "", STOPS_INSIDE: inside = "" } = process.env;
if (!existsSync(marker)) {
  const [{ openConnection, statementCounter }, { dialectOf }, { resolved }, { nameFollower }] = await Promise.all([
    import("../../src/storage/database/dataSource.ts"),
    import("../../src/storage/database/dialectOf.ts"),
    import("../../src/storage/database/file/databaseFile.ts"),
    import("../../src/storage/database/file/followerFile.ts"),
  ]);
  process.send?.({ kind: "loaded" });
  const dialect = dialectOf(url);
  if (dialect.file !== null) await nameFollower(await resolved(dialect.file));
  const purpose = inside === "read" ? "read" : "follow";
  const { run } = await openConnection({ dialect, purpose, counter: statementCounter() });
  await run(inside === "read" ? "BEGIN" : dialect.begin);
  await run('SELECT MAX("seq") FROM journal');
  if (inside === "transaction")
    await run(`UPDATE journal_follower SET "holder" = 'stopped' WHERE "name" = 'record_tree'`);
  writeFileSync(marker, String(process.pid));
  process.kill(process.pid, "SIGSTOP");
}
await import("../../src/jobs/followerProcess.ts");
