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
import { followed } from "./archives.ts";
import { readCases } from "./cases.ts";
import { copyDatabase, databaseToCopy } from "./databaseCopy.ts";
import { GATEWAY, openDemoBreakGlasses } from "./demoBreakGlasses.ts";
import { recordDemoConsents } from "./demoConsents.ts";
import { readGrantCases } from "./grantCases.ts";
import { UNHURRIED_APP } from "./unhurried.ts";

const MONTH_ENDS = Date.parse("2026-11-25T12:00:00Z");
const silent = createLog({ level: "error", destination: { write: () => undefined } });

export interface HospitalMonth extends OpenedDomain {
  readonly url: string;
  readonly clock: { now: number };
  /** What the journal has, the newest first. */
  records(filter?: DecisionFilter): Promise<readonly DecisionRecord[]>;
}

interface Contents {
  /** Whether every question of `seeds/requests.yaml` and every token of `seeds/grants.yaml` follow the month; absent: they do. */
  readonly cases?: boolean;
  /** Whether what happens once is on record too, and detectors are set, as in the demo. */
  readonly incidents?: boolean;
}

const opened = (url: string, clock: { readonly now: number }): Promise<OpenedDomain> =>
  openDomain(loadConfig({ DATABASE_URL: url }), { log: silent, clock: () => clock.now, ...UNHURRIED_APP });

/** Puts the month on record in a new database, and ends when all that follows the record has it. */
async function recordMonth(url: string, { cases = true, incidents = false }: Contents): Promise<void> {
  const clock = { now: incidents ? readyForMonth(MONTH_ENDS) : monthBefore(MONTH_ENDS) };
  const { close, domain, storage } = await opened(url, clock);
  await domain.policy.refresh();
  await domain.directory.refresh();
  await applySeed(await readSeedFiles(DEMO_HOSPITAL), { policy: domain.policy, reason: "test" });
  await seedDirectory(DEMO_HOSPITAL, { directory: domain.directory, reason: "test" });
  await recordDemoConsents(domain);
  const caller = GATEWAY;
  const routines = occasionsOf(await readMonth(), MONTH_ENDS);
  const once = await readIncidents();
  if (incidents)
    await setDetectors(domain.detectors, once.detectors, { ...GATEWAY, id: "demo", roles: new Set(["admin"]) });
  const occasions = incidents ? withIncidents(routines, once, MONTH_ENDS) : routines;
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
  clock.now = MONTH_ENDS;
  await followed(storage);
  await close();
}

/**
 * The demo hospital with its month on record, as a copy where the database is a file. `url`: of a new database; absent: a SQLite file of its own.
 */
export async function openHospitalMonth({
  url: given,
  ...contents
}: Contents & { readonly url?: string } = {}): Promise<HospitalMonth> {
  const folder = mkdtempSync(join(tmpdir(), "scopewarden-month-"));
  const url = given ?? `sqlite:${join(folder, "month.db")}`;
  if (url.startsWith("sqlite:")) {
    const { cases = true, incidents = false } = contents;
    const name = `month${cases ? "-cases" : ""}${incidents ? "-incidents" : ""}`;
    const original = await databaseToCopy(name, (path) => recordMonth(`sqlite:${path}`, contents));
    await copyDatabase(original, url.slice("sqlite:".length));
  } else await recordMonth(url, contents);
  const clock = { now: MONTH_ENDS };
  const month = await opened(url, clock);
  const { domain } = month;
  await domain.policy.refresh();
  await domain.directory.refresh();
  return {
    ...month,
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
      await month.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
