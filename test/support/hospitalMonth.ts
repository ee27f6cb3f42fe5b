import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenedDomain, openDomain } from "../../src/app.ts";
import { readIncidents, setDetectors, withIncidents } from "../../src/cli/demoIncidents.ts";
import { monthBefore, occasionsOf, readMonth, readyForMonth } from "../../src/cli/demoMonth.ts";
import { recordOccasions } from "../../src/cli/demoRecord.ts";
import { applySeed, DEMO_HOSPITAL, readSeedFiles, seedDirectory } from "../../src/cli/seedCommand.ts";
import { loadConfig } from "../../src/config.ts";
import type { DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { endOf } from "../../src/domain/kernel/pages.ts";
import { createLog } from "../../src/process/log.ts";
import { readCases } from "./cases.ts";
import { GATEWAY, openDemoBreakGlasses } from "./demoBreakGlasses.ts";
import { recordDemoConsents } from "./demoConsents.ts";
import { readGrantCases } from "./grantCases.ts";

const MONTH_ENDS = Date.parse("2026-11-25T12:00:00Z");
const silent = createLog({ level: "error", destination: { write: () => undefined } });

export interface HospitalMonth extends OpenedDomain {
  readonly url: string;
  readonly clock: { now: number };
  /** What the journal has, the newest first. */
  records(filter?: DecisionFilter): Promise<readonly DecisionRecord[]>;
}

/**
 * The demo hospital with its month on record, and after it every question of `seeds/requests.yaml` and every token of
 * `seeds/grants.yaml`, unless `cases` is false. With `incidents`, what happens once is on record too, and detectors are set, as in
 * the demo. `url`: of a new database; absent: a SQLite file of its own.
 */
export async function openHospitalMonth({
  url: given,
  cases = true,
  incidents = false,
  until = MONTH_ENDS,
}: {
  readonly url?: string;
  readonly cases?: boolean;
  readonly incidents?: boolean;
  /** When the month is over; absent: `MONTH_ENDS`. */
  readonly until?: number;
} = {}): Promise<HospitalMonth> {
  const folder = mkdtempSync(join(tmpdir(), "scopewarden-month-"));
  const url = given ?? `sqlite:${join(folder, "month.db")}`;
  const clock = { now: incidents ? readyForMonth(until) : monthBefore(until) };
  const opened = await openDomain(loadConfig({ DATABASE_URL: url }), { log: silent, clock: () => clock.now });
  const { domain } = opened;
  await domain.policy.refresh();
  await domain.directory.refresh();
  await applySeed(await readSeedFiles(DEMO_HOSPITAL), { policy: domain.policy, reason: "test" });
  await seedDirectory(DEMO_HOSPITAL, { directory: domain.directory, reason: "test" });
  await recordDemoConsents(domain);
  const caller = GATEWAY;
  const routines = occasionsOf(await readMonth(), until);
  const once = await readIncidents();
  if (incidents)
    await setDetectors(domain.detectors, once.detectors, { ...GATEWAY, id: "demo", roles: new Set(["admin"]) });
  const occasions = incidents ? withIncidents(routines, once, until) : routines;
  const setClock = (at: number): void => {
    clock.now = at;
  };
  await recordOccasions({ domain, caller, occasions, setClock });
  if (cases) {
    clock.now = readCases("seeds/requests.yaml").now;
    await openDemoBreakGlasses(domain);
  }
  for (const { now, request } of cases ? readCases("seeds/requests.yaml").cases : []) {
    clock.now = now;
    await domain.authorizer.authorize(caller, [request], () => "input");
  }
  for (const { now, request } of cases ? readGrantCases("seeds/grants.yaml").cases : []) {
    clock.now = now;
    await domain.authorizer.decideGrant(caller, request, "input");
  }
  clock.now = until;
  return {
    ...opened,
    url,
    clock,
    async records(filter = {}) {
      const all: DecisionRecord[] = [];
      for (let after: number | null = null; ; ) {
        const page = await domain.decisions.decisions({ filter, page: { first: 500, after } });
        all.push(...page.items.map(({ node }) => node));
        after = endOf(page);
        if (!page.hasNextPage) return all;
      }
    },
    async close() {
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
