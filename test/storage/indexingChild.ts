/** Puts the decisions of a database into their index until it is killed; says when it has begun. */
import { openStorage } from "../../src/storage/storage.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  following: { leaseMs: 1 },
});
process.send?.(storage.followers().length);
setInterval(() => {}, 1000);
