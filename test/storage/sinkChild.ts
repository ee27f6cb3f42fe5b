/** Follows the record of a database into a file until it is killed; says when a batch is in the file, before the position moves. */
import { createRotatingFile } from "../../src/process/sink/rotatingFile.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { followedBy } from "../support/sinks.ts";

const [, , url = "", path = "", holds = ""] = process.argv;
const storage = await openStorage({ url, clock: Date.now, beside: true });
const file = createRotatingFile({ path, maxBytes: 1e9, daily: false, keep: 1, clock: Date.now });
const target = {
  ...file,
  // Ten seconds are added: a lease so short that whoever comes after a kill need not wait for its end.
  timeoutMs: -9_990,
  most: 40,
};
const { move } = storage.sinks;
followedBy({
  storage,
  target,
  store: {
    async move(...args) {
      process.send?.("written");
      return holds === "hold" ? new Promise<never>(() => {}) : move(...args);
    },
  },
});
setInterval(() => {}, 1000);
