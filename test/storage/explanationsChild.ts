/** Explains the accesses of a database until it is killed; says when it has begun. */
import { setTimeout as sleep } from "node:timers/promises";
import { createWatching } from "../../src/storage/monitoring/watching.ts";
import { openStorage } from "../../src/storage/storage.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  following: { consumers: [[createWatching()]], leaseMs: 1 },
});
const lag = (): number => storage.followers()[0]?.lag ?? 0;
for (const before = lag(); lag() === before && before > 0; ) await sleep(1);
process.send?.("begun");
setInterval(() => {}, 1000);
