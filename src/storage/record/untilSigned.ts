import { setTimeout as delay } from "node:timers/promises";
import { DamagedTreeError } from "../../domain/record/tree/damagedTree.ts";
import type { RawRow } from "../database/connection.ts";
import { closeQuietly, statementCounter } from "../database/dataSource.ts";
import { dialectOf } from "../database/dialectOf.ts";
import { missingFile } from "../database/missingFile.ts";
import { openReadConnections } from "../database/readConnections.ts";
import { retryWhileBusy } from "../database/retryWhileBusy.ts";
import { readTiles, TILE_WIDTH } from "./tiles.ts";

const LOOK_EVERY_MS = 250;

/**
 * Waits, so many milliseconds at most, until a checkpoint has all that is on record now, which a running service signs. Whether one has it
 * by then; what it is worth is not looked at. Rejects where the database can't be read.
 */
export async function untilSigned(url: string, mostMs: number): Promise<boolean> {
  if (missingFile(url) !== null) return false;
  const dialect = dialectOf(url);
  const source = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() }));
  const run = async (sql: string, parameters: readonly unknown[] = []) => ({
    rows: await source.query<RawRow[]>(sql, [...parameters]),
    affected: 0,
  });
  const most = async (sql: string): Promise<number> => Number((await run(sql)).rows[0]?.most ?? 0);
  /** The position of the last act that the newest checkpoint has; 0: there is none. */
  async function signedTo(): Promise<number> {
    const size = await most('SELECT MAX("size") AS "most" FROM record_checkpoint');
    const [row] = await readTiles({ run, dialect }, [{ level: 0, tile: Math.floor((size - 1) / TILE_WIDTH) }]);
    return row?.positions[(size - 1) % TILE_WIDTH] ?? 0;
  }
  try {
    const end = await most('SELECT MAX("seq") AS "most" FROM journal');
    for (const until = performance.now() + mostMs; (await signedTo()) < end; ) {
      const left = until - performance.now();
      if (left <= 0) return false;
      await delay(Math.min(left, LOOK_EVERY_MS));
    }
    return true;
  } catch (error) {
    // Whoever verifies is told.
    if (error instanceof DamagedTreeError) return false;
    throw error;
  } finally {
    await closeQuietly(source);
  }
}
