/** Seals blocks of a database's decisions until it is killed; says when it has begun. */
import { openStorage } from "../../src/storage/storage.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  following: { blockSize: 64, leaseMs: 1, lookAtOthersEveryMs: 1 },
});
process.send?.(storage.followers().length);
setInterval(() => {}, 1000);
