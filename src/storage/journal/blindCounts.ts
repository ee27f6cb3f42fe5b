import { DAY_MS } from "../../domain/policy/use.ts";
import { isSharedType } from "../../domain/scopes/sharedTypes.ts";
import type { Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { type AlikeDecisions, areAccesses } from "./alikeDecisions.ts";

const COLUMNS = `"day", "accesses", "without_address", "of_patients", "without_patient", "without_purpose"`;
type Counts = [day: number, accesses: number, address: number, ofPatients: number, patient: number, purpose: number];

/** Counts by the day what requests of a batch left out. */
export function countBlind(dialect: Dialect, alike: readonly AlikeDecisions[]): readonly Statement[] {
  const days = new Map<number, Counts>();
  for (const row of alike) {
    if (!areAccesses(row)) continue;
    const day = row.hour - (row.hour % DAY_MS);
    const counts: Counts = days.get(day) ?? [day, 0, 0, 0, 0, 0];
    counts[1] += row.n;
    counts[2] += row.unaddressed;
    if (!isSharedType(row.resourceType)) {
      counts[3] += row.n;
      counts[4] += row.nobody;
    }
    if (row.purposeOfUse === null) counts[5] += row.n;
    days.set(day, counts);
  }
  if (days.size === 0) return [];
  const { integer, rows: given } = jsonRows(dialect);
  const added = ["accesses", "without_address", "of_patients", "without_patient", "without_purpose"];
  const sql = `INSERT INTO blind_count (${COLUMNS}) SELECT ${[0, 1, 2, 3, 4, 5].map(integer).join(", ")} FROM ${given} WHERE TRUE
    ON CONFLICT ("day") DO UPDATE SET ${added.map((name) => `"${name}" = blind_count."${name}" + excluded."${name}"`).join(", ")}`;
  return [[withParameters(dialect, sql), [JSON.stringify([...days.values()])]]];
}
