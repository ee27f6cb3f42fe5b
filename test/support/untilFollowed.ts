import type { DetectorCode } from "../../src/domain/monitoring/detectors/detector.ts";
import { statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openReadConnections } from "../../src/storage/database/readConnections.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { eventually } from "./eventually.ts";

/** Ends when what follows the journal of a database has all that is on record; whoever follows it. */
export async function untilFollowed(url: string): Promise<void> {
  const behind = `SELECT 1 AS "is" FROM journal_follower WHERE "position" < (SELECT MAX("seq") FROM journal)`;
  const source = await openReadConnections({ dialect: dialectOf(url), counter: statementCounter() });
  await eventually("nothing is behind", async () => (await source.query<unknown[]>(behind)).length === 0).finally(() =>
    source.destroy(),
  );
}

/** Has a detector make alerts. */
export async function switchOn(url: string, detector: DetectorCode = "MANY_PATIENTS"): Promise<void> {
  const storage = await openStorage({ url, clock: Date.now, beside: true, following: { consumers: [] } });
  const terms = { mode: "ON", parameters: { alertAt: 10 }, alertsPerWeek: null } as const;
  const [at, author] = [1, "jwt:test#operator"];
  await storage.detectors.change(
    { ...terms, detector, version: 1, changedAt: at, changedBy: author, reason: "test" },
    { ...terms, detector, version: 1, before: { ...terms, mode: "SHADOW" }, at, author, text: "test" },
  );
  await storage.close();
}
