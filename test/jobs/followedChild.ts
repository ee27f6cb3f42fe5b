// A service, as far as it follows its journal: killed by a test, it leaves a process behind that must end by itself.
import { followInProcess } from "../../src/jobs/startFollowerProcess.ts";
import { openStorage } from "../../src/storage/storage.ts";

const url = process.argv[2] ?? "";
const storage = await openStorage({
  url,
  clock: Date.now,
  followApart: followInProcess({ url, placeData: [], source: null }),
});
await storage.journalSpan();
process.send?.("follows");
setInterval(() => {}, 1_000);
