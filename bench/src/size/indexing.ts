import { readFile } from "node:fs/promises";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { decisionIndex } from "../../../src/storage/journal/decisionIndex.ts";
import { openStorage } from "../../../src/storage/storage.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { decisionsOver } from "./decisions.ts";

const STEPS = [500, 5_000] as const;
const ROUNDS = 12;

/** Bytes that this process has had written to a disk. */
async function bytesWritten(): Promise<number> {
  return Number(
    /^write_bytes: (\d+)/m.exec(await readFile("/proc/self/io", "utf8").catch(() => ""))?.[1] ?? Number.NaN,
  );
}

/**
 * What it takes to index so many decisions that come at once, at the size that the journal has: the index alone follows, when it is asked.
 * `written` tells how many bytes the database has written so far, where that is not this process.
 */
export async function measureIndexing(
  url: string,
  month: readonly AccessRecord[],
  written: (() => Promise<number>) | null,
) {
  const storage = await openStorage({
    url,
    clock: Date.now,
    following: { consumers: [[decisionIndex]], indexWaitMs: 600_000 },
  });
  const bytes = written ?? bytesWritten;
  const made = decisionsOver(month, { count: 1_000_000, until: Date.now() });
  const results: Record<string, object> = {};
  try {
    for (const size of STEPS) {
      const times: number[] = [];
      const written: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const records: AccessRecord[] = [];
        while (records.length < size) records.push({ ...(made.next().value as AccessRecord), decidedAt: Date.now() });
        await storage.journal.append(records);
        const before = await bytes();
        const since = performance.now();
        await storage.journalSpan();
        times.push(performance.now() - since);
        written.push((await bytes()) - before);
      }
      results[`${size}`] = {
        p50_ms: round(median(times)),
        p95_ms: round(quantile(sorted(times), 0.95)),
        rows_per_s: round((size * 1000) / median(times)),
        // The mean: SQLite copies its log into the file now and then.
        bytes_each: Math.round(written.reduce((sum, each) => sum + each, 0) / (ROUNDS * size)),
      };
    }
  } finally {
    await storage.close();
  }
  return results as Readonly<
    Record<
      string,
      { readonly p50_ms: number; readonly p95_ms: number; readonly rows_per_s: number; readonly bytes_each: number }
    >
  >;
}
