import type { Random } from "../random.ts";
import { DAYS } from "./calendar.ts";
import type { Population } from "./population.ts";
import type { Roster } from "./roster.ts";
import type { Move } from "./types.ts";

const MONTH = 28;
/** Of those who move, students: they move each month. */
const STUDENTS = 0.1;

/** Who works in another unit, month by month, and is off the roster of their own. The directory hears of it up to 14 days late. */
export function makeMoves(
  { staff, wards, clinics }: Population,
  roster: Roster,
  share: number,
  random: Random,
): Move[] {
  const units = [...wards, ...clinics];
  if (share === 0 || units.length < 2) return [];
  const able = staff.filter(({ role }) => role === "nurse" || role === "physician");
  const students = random.some(able, Math.round(staff.length * share * STUDENTS));
  const moves: Move[] = [];
  for (let from = 0; from < DAYS; from += MONTH)
    for (const person of new Set([
      ...students,
      ...random.some(able, Math.round(staff.length * share * (1 - STUDENTS))),
    ])) {
      const begins = from + random.below(5);
      const until = Math.min(DAYS, from + MONTH);
      const known = begins + random.below(15);
      const unit = random.pick(units.filter((one) => one !== person.unit));
      moves.push({ person, unit, from: begins, until, knownFrom: known < until ? known : null });
      for (let day = begins; day < until; day++) roster.excuse(person, day);
    }
  return moves;
}
