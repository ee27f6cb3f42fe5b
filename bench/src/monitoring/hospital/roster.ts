import { createRandom } from "../random.ts";
import { isWeekend, weekday } from "./calendar.ts";
import type { Staff } from "./types.ts";

/** Hours of a shift, from the midnight that its day begins with; a night ends on the next day. */
export interface Shift {
  readonly from: number;
  readonly until: number;
}

const EARLY: Shift = { from: 6.75, until: 15 };
const LATE: Shift = { from: 14.5, until: 22.75 };
const NIGHT: Shift = { from: 22.5, until: 31 };
const LONG_DAY: Shift = { from: 7.5, until: 17.5 };
const OFFICE: Shift = { from: 8, until: 16.5 };

export interface Roster {
  /** Null: does not work on this day. */
  shift(person: Staff, day: number): Shift | null;
  /** Takes somebody off the roster for a day, to whom something else happens. */
  excuse(person: Staff, day: number): void;
}

export function createRoster(seed: string): Roster {
  const excused = new Set<string>();
  const weeks = new Map<string, readonly (Shift | null)[]>();

  /** A week of somebody who works in turns: five days of one shift, which changes by the week. */
  function weekOf(person: Staff, week: number): readonly (Shift | null)[] {
    const key = `${person.id} ${week}`;
    const known = weeks.get(key);
    if (known !== undefined) return known;
    const random = createRandom(`${seed}/roster/${key}`);
    const free = new Set(random.some([0, 1, 2, 3, 4, 5, 6], 2));
    const turn = [EARLY, LATE, EARLY, LATE, NIGHT][(week + Number(person.id.slice(6))) % 5] ?? EARLY;
    const onCall = random.chance(0.12) ? 5 + random.below(2) : -1;
    const made = Array.from({ length: 7 }, (_, day): Shift | null => {
      if (person.rota === "SHIFTS") return free.has(day) ? null : turn;
      if (person.rota === "OFFICE") return isWeekend(day) || random.chance(0.06) ? null : OFFICE;
      return isWeekend(day) ? (day === onCall ? LONG_DAY : null) : random.chance(0.08) ? null : LONG_DAY;
    });
    weeks.set(key, made);
    return made;
  }

  return {
    shift: (person, day) =>
      day < 0 || excused.has(`${person.id} ${day}`)
        ? null
        : (weekOf(person, Math.floor(day / 7))[weekday(day)] ?? null),
    excuse: (person, day) => void excused.add(`${person.id} ${day}`),
  };
}
