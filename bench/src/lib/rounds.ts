import { say } from "./table.ts";

/** Where the machine is slow, rounds are left out and not the bound on time, unless they were asked for; fewer than these tell nothing. */
const FEWEST = 3;
const MOST_SECONDS = process.env.BENCH_ROUNDS === undefined ? 150 : Number.POSITIVE_INFINITY;
const started = performance.now();

/** Does a round so many times, or fewer when time runs out. Answers how many there were. */
export async function inRounds(count: number, round: () => Promise<void>): Promise<number> {
  for (let i = 1; i <= count; i++) {
    await round();
    say(`round ${i} of ${count}`);
    const late = (performance.now() - started) / 1000 > MOST_SECONDS;
    if (late && i >= FEWEST) return i;
  }
  return count;
}
