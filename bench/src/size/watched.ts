import { patientsOfDecision } from "../../../src/domain/decisions/patientsOfDecision.ts";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import type { WatchedDecision, WatchedPatient } from "../../../src/domain/monitoring/watchedDecision.ts";
import { watchedDecisionOf } from "../../../src/domain/monitoring/watchedDecisionOf.ts";
import { withParameters } from "../../../src/storage/database/dialect.ts";
import { insertRows } from "../../../src/storage/database/jsonRows.ts";
import { watchedText } from "../../../src/storage/monitoring/watchedText.ts";
import { watchedColumns } from "../../../src/storage/monitoring/watchTables.ts";
import { say } from "../lib/table.ts";
import { createRandom } from "../monitoring/random.ts";
import { decisionsOver } from "./decisions.ts";
import { unhurriedConnection } from "./fill.ts";

const DAY_MS = 86_400_000;
/** As long as watching keeps decisions. */
export const WATCHED_DAYS = 180;
const INSERT = 1_000;
const SAID_EVERY = 500_000;
const UNITS = 60;
const ROLES = 30;

const numberOf = (text: string): number => {
  let number = 7;
  for (let i = 0; i < text.length; i++) number = (number * 31 + text.charCodeAt(i)) >>> 0;
  return number;
};

/** Decisions as watching would have kept them, all made in the last 180 days: nine in ten accesses are explained, most patients seen before. */
function* watchedOver(
  month: readonly AccessRecord[],
  { count, until }: { readonly count: number; readonly until: number },
): Generator<readonly [decision: WatchedDecision, record: AccessRecord]> {
  const random = createRandom("watched");
  let position = 0;
  for (const record of decisionsOver(month, { count, until })) {
    position++;
    const at = until - WATCHED_DAYS * DAY_MS + Math.floor(((position - 1) * WATCHED_DAYS * DAY_MS) / count);
    const { subject } = record.request;
    const number = numberOf(subject?.id ?? record.request.clientId);
    const isAsked = subject !== null && record.outcome === "ALLOW";
    const patients = patientsOfDecision(record).map((id): WatchedPatient => {
      const chance = random.next();
      const isExplained = isAsked && chance > 0.1;
      return {
        id,
        explanation: isExplained
          ? { kind: chance > 0.5 ? "CARE_TEAM" : "SAME_UNIT", reference: `Patient/${id}`, since: at - 3 * DAY_MS }
          : null,
        relation: random.next() < 0.002 ? "COLLEAGUE" : null,
        vip: numberOf(id) % 1_000 === 0,
        seenByUnit: subject === null ? null : isExplained || random.next() < 0.5,
        underCare: isExplained || random.next() < 0.8,
      };
    });
    // Each unit has two networks, and somebody is elsewhere now and then.
    const network =
      random.next() < 0.0005 ? 1_000 + Math.floor(random.next() * 2_000) : 2 * (number % UNITS) + (position % 2);
    const decision = watchedDecisionOf(
      { ...record, decidedAt: at },
      {
        position,
        request: record.request,
        roles: [`role-${number % ROLES}`],
        unit: subject === null ? null : `unit-${number % UNITS}`,
        patients,
        place: { network: `10.${(network >> 8) & 255}.${network & 255}.0/24`, autonomousSystem: 64_512, country: "DE" },
        widened: position % 500 === 0 ? { at: at - DAY_MS / 2, by: null } : null,
        emergency: null,
      },
    );
    yield [decision, record];
  }
}

/** Puts what watching would have kept of so many decisions where it keeps it; of what is there already only the rest. */
export async function keepWatched(
  url: string,
  month: readonly AccessRecord[],
  of: { readonly count: number; readonly until: number },
): Promise<void> {
  const { change, close, dialect, run } = await unhurriedConnection(url);
  const started = performance.now();
  try {
    const newest = 'SELECT MAX("position") AS "n" FROM watched_decision WHERE "position" <= ?';
    const there = Number((await run(withParameters(dialect, newest), [of.count])).rows[0]?.n ?? 0);
    if (there >= of.count) return;
    const sql = insertRows(dialect, { table: "watched_decision", columns: watchedColumns });
    let part: (readonly [number, number, string])[] = [];
    const flush = async (): Promise<void> => {
      await change(sql, [JSON.stringify(part)]);
      part = [];
    };
    for (const [decision, record] of watchedOver(month, of)) {
      const { at, position } = decision;
      if (position <= there) continue;
      part.push([position, at, watchedText(decision, record)]);
      if (part.length === INSERT) await flush();
      if (position % SAID_EVERY === 0)
        say(`${position} decisions kept after ${Math.round((performance.now() - started) / 1000)} s`);
    }
    if (part.length > 0) await flush();
    if (dialect.name === "postgres") await run("VACUUM ANALYZE watched_decision");
    say(`${of.count - there} decisions kept as watched in ${Math.round((performance.now() - started) / 1000)} s`);
  } finally {
    await close();
  }
}
