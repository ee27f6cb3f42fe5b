/** Watches the decisions of a database until it is killed; says when it has begun. */
import { setTimeout as sleep } from "node:timers/promises";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { sampleWatching } from "./sampleWatching.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  following: { consumers: [[decisionIndex], [sampleWatching()]], leaseMs: 1 },
});
const lag = (): number => storage.followers().find(({ name }) => name === "watching")?.lag ?? 0;
for (const before = lag(); lag() === before && before > 0; ) await sleep(1);
process.send?.("begun");
setInterval(() => {}, 1000);
