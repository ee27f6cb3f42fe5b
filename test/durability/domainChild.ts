/** Decides as fast as it can, without HTTP, and prints the id of each decision once it was acknowledged. */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { openDomain } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import type { Caller } from "../../src/domain/callers/types.ts";
import { createLog } from "../../src/process/log.ts";

const [url = ""] = process.argv.slice(2);
const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: "fatal" });
const { domain } = await openDomain(config, { log: createLog({ level: "fatal" }) });
await domain.policy.refresh();
await domain.directory.refresh();
const caller: Caller = { id: "key:child", roles: new Set(["service"]), defaultClientId: null };
writeSync(1, "ready\n");

const lane = async (size: number): Promise<never> => {
  for (;;) {
    const inputs = Array.from({ length: size }, () => ({
      clientId: "ehr",
      action: "read",
      resource: { type: "Observation" },
      requestId: randomUUID(),
    }));
    const decisions = await domain.authorizer.authorize(caller, inputs, (i) => `inputs[${i}]`);
    // Synchronous: what was written here is what the parent may rely on.
    writeSync(1, decisions.map(({ id }) => `${id}\n`).join(""));
  }
};
await Promise.all([1, 1, 1, 5, 20].map(lane));
