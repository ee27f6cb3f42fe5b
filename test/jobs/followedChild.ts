// A service, as far as its journal is followed: killed by a test, it leaves a process behind that must end by itself, or be ended.
import { followInProcess } from "../../src/jobs/startFollowerProcess.ts";
import { openStorage } from "../../src/storage/storage.ts";

const [, , url = "", module] = process.argv;
const storage = await openStorage({
  url,
  clock: Date.now,
  followApart: followInProcess({ url, placeData: [], source: null }, module === undefined ? {} : { module }),
});
// One that stops is not waited for.
if (module === undefined) while (storage.followers().length === 0) await new Promise((done) => setTimeout(done, 10));
process.send?.("follows");
setInterval(() => {}, 1_000);
