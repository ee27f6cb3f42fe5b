/**
 * How many decisions a second become durable, through the journal as the service uses it.
 * Usage: node --import tsx test/storage/journalBench.ts <database url> [in flight] [rows] [records an append]
 */
import { openStorage } from "../../src/storage/storage.ts";
import { decision, withRequestId } from "./samples.ts";

const [url = "sqlite:/tmp/scopewarden-bench/journal.db", inFlight = "64", rows = "100000", each = "1"] =
  process.argv.slice(2);
const storage = await openStorage({ url, clock: Date.now });
const group = Number(each);
const total = Number(rows);
let next = 0;

async function worker(): Promise<void> {
  while (next < total) {
    const first = next;
    next += group;
    await storage.journal.append(
      Array.from({ length: group }, (_, i) => {
        const record = decision(first + i, {
          id: `${process.pid}-${process.hrtime.bigint().toString(16)}-${first + i}`,
        });
        return i % 2 === 0 ? record : withRequestId(record, `request-${record.id}`);
      }),
    );
  }
}

const before = storage.statements();
const started = performance.now();
const cpu = process.cpuUsage();
await Promise.all(Array.from({ length: Math.max(1, Math.floor(Number(inFlight) / group)) }, worker));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
const statements = storage.statements() - before;
console.log(
  `${Math.round(total / seconds)} rows/s, ${(total / statements).toFixed(1)} rows a batch, ${((user + system) / 1e6 / seconds).toFixed(2)} cores`,
);
await storage.close();
