import { setTimeout as sleep } from "node:timers/promises";
import type { DetectorCode } from "../../src/domain/monitoring/detectors/detector.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { SAMPLE_DETECTORS } from "./watching.ts";

/** Watches what is on record in a database with the sample detectors, all ON, beside the service that has it open. */
export async function watchBeside(url: string): Promise<void> {
  const storage = await openStorage({
    url,
    clock: Date.now,
    beside: true,
    detectors: SAMPLE_DETECTORS,
    following: { leaseMs: 1 },
  });
  const states = () => storage.followers();
  while (states().length === 0 || states().some(({ lag, position }) => lag > 0 || position === 0)) await sleep(5);
  await storage.close();
}

/** Has a detector make alerts. */
export async function switchOn(url: string, detector: DetectorCode = "MANY_PATIENTS"): Promise<void> {
  const storage = await openStorage({ url, clock: Date.now, beside: true, following: { consumers: [] } });
  const terms = { mode: "ON", parameters: { alertAt: 10 }, alertsPerWeek: null } as const;
  const [at, author] = [1, "jwt:test#operator"];
  await storage.detectors.change(
    { ...terms, detector, version: 1, changedAt: at, changedBy: author, reason: "test" },
    { ...terms, detector, version: 1, before: { ...terms, mode: "SHADOW" }, at, author, text: "test" },
  );
  await storage.close();
}
