/** Opens a database as a service does, says so, and keeps it until it is killed. */
import { openStorage } from "../../../src/storage/storage.ts";

await openStorage({ url: process.argv[2] ?? "", clock: Date.now });
process.send?.("open");
setInterval(() => {}, 1000);
