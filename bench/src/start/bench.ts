/**
 * What a million rules cost at the start, and what changing one of them costs while decisions go on. The database is
 * made once, through the storage layer; then the service starts in a fresh process, from its compiled code.
 */

import { countDecisions } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { startWorker } from "../lib/processes.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { sizeOf } from "../policies.ts";
import { writePolicy } from "./database.ts";
import type { Changes, Ready } from "./probe.ts";

const RULES = Number(process.env.BENCH_RULES ?? 1_000_000);
const CHANGES = 20;

buildService();
await withScratch(async (dir) => {
  const url = `sqlite:${dir}/policy.db`;
  say(`writing ${RULES} rules`);
  let since = performance.now();
  const written = await writePolicy(url, sizeOf(RULES));
  const writeMs = performance.now() - since;
  say(`written in ${Math.round(writeMs / 1000)} s; starting`);
  since = performance.now();
  const probe = await startWorker<{ readonly changes: number }, Ready | Changes | { decisions: number }>(
    new URL("probe.ts", import.meta.url),
    [String(RULES)],
    {
      execArgv: ["--import", "tsx", "--expose-gc"],
      env: {
        ...process.env,
        NODE_ENV: "production",
        DATABASE_URL: url,
        PORT: "0",
        SCOPEWARDEN_ADMIN_KEY: "k".repeat(40),
      },
    },
  );
  const ready = probe.ready as Ready;
  say(`ready after ${Math.round(ready.readyMs)} ms; changing rules`);
  const changes = (await probe.ask({ changes: CHANGES })) as Changes;
  const { decisions } = (await probe.ask({ changes: 0 })) as { decisions: number };
  await probe.close();
  const rows = await countDecisions(`${dir}/policy.db`);
  const journalRows = rows.ALLOW + rows.DENY;

  const visible = changes.changes.map((c) => c.visibleMs);
  const stalls = changes.changes.map((c) => c.longestStallMs);
  printTable(
    `${RULES.toLocaleString("en-US")} rules`,
    ["", ""],
    [
      ["rows written through the storage layer", written.rows],
      ["  seconds for that", round(writeMs / 1000)],
      ["start to ready, s", round(ready.readyMs / 1000)],
      ["RSS at ready, MB", ready.rssMb],
      ["RSS at its peak until then, MB", ready.peakMb],
      ["RSS after a garbage collection, MB", ready.rssAfterGcMb],
      ["heap after a garbage collection, MB", ready.heapAfterGcMb],
      [`one rule changed: visible after, ms, median of ${CHANGES}`, round(median(visible))],
      ["  at most, ms", round(Math.max(...visible))],
      ["  longest stall of the event loop, ms, median", round(median(stalls))],
      ["  at most, ms", round(Math.max(...stalls))],
      ["longest stall in as long a time without changes, ms", round(changes.quietStallMs)],
      ["decisions made meanwhile", decisions],
    ],
  );
  console.log(`The journal holds ${journalRows} decisions, ${decisions} were answered.`);
  if (journalRows !== decisions) throw new Error("the journal and the answers differ");
  printResult({
    bench: "start",
    rules: RULES,
    ready_s: round(ready.readyMs / 1000),
    rss_mb: ready.rssMb,
    peak_rss_mb: ready.peakMb,
    rss_after_gc_mb: ready.rssAfterGcMb,
    heap_after_gc_mb: ready.heapAfterGcMb,
    change_visible_ms: { median: round(median(visible)), max: round(Math.max(...visible)) },
    longest_stall_ms: {
      median: round(median(stalls)),
      max: round(Math.max(...stalls)),
      without_changes: round(changes.quietStallMs),
    },
    write_s: round(writeMs / 1000),
    decisions,
    journal_rows: journalRows,
  });
});
