/** Follows the journal of a database until it is killed; says when it has begun. */
import { setTimeout as sleep } from "node:timers/promises";
import { openStorage } from "../../src/storage/storage.ts";
import { actsByKind } from "./actsByKind.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  following: { consumers: [[actsByKind]], leaseMs: 1 },
});
while ((storage.followers()[0]?.position ?? 0) === 0) await sleep(1);
process.send?.("begun");
setInterval(() => {}, 1000);
