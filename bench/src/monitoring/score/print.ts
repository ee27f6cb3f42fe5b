import { printTable } from "../../lib/table.ts";
import { DAYS, SCORED_FROM } from "../hospital/calendar.ts";
import type { Evaluation, Share } from "./evaluation.ts";

type Cell = string | number | null;
const of = ({ hits, of: all }: Share): Cell => (all === 0 ? null : `${hits}/${all}`);
const rounded = ({ share }: Share): string | null => (share === null ? null : share.toFixed(2));
const withInterval = (one: Share): Cell =>
  one.share === null ? null : `${rounded(one)} (${one.interval?.map((end) => end.toFixed(2)).join(" to ")})`;

/** A table over worlds for each judge, and for all of them what kinds are found. */
export function printEvaluations(judge: string, worlds: ReadonlyMap<string, Evaluation>): void {
  printTable(
    `${judge}: found within a budget of questions a week`,
    ["world", "questions", "alone", "", "together", "right of what was shown"],
    [...worlds].flatMap(([world, { budgets }]) =>
      budgets.map(({ budget, alone, together, right }): Cell[] => [
        world,
        budget,
        of(alone),
        withInterval(alone),
        rounded(together),
        rounded(right),
      ]),
    ),
  );
  const kinds = [...new Set([...worlds.values()].flatMap((one) => [...one.kinds.keys()]))];
  const total = (kind: string): number =>
    [...worlds.values()].reduce((hits, one) => hits + (one.kinds.get(kind)?.share ?? 0), 0);
  printTable(
    `${judge}: kinds found alone within the middle budget, those missed most first`,
    ["kind", ...worlds.keys()],
    kinds
      .sort((a, b) => total(a) - total(b))
      .map((kind): Cell[] => [
        kind,
        ...[...worlds.values()].map((one) => {
          const found = one.kinds.get(kind);
          return found === undefined ? null : of(found);
        }),
      ]),
  );
  printTable(
    `${judge}: what was shown within the middle budget and is not right`,
    ["world", "by reason", "about"],
    [...worlds].map(([world, { wrongBy, wrongAbout }]): Cell[] => [
      world,
      wrongBy
        .slice(0, 6)
        .map(([name, count]) => `${name} ${count}`)
        .join(", "),
      wrongAbout
        .slice(0, 6)
        .map(([name, count]) => `${name} ${count}`)
        .join(", "),
    ]),
  );
}

/** What the worlds are like, whoever judges. */
export function printWorlds(worlds: ReadonlyMap<string, Evaluation>): void {
  const weeks = (DAYS - SCORED_FROM) / 7;
  printTable(
    "worlds, in the scored weeks",
    ["world", "hospitals", "accesses a week", "explained", "no relation when it happens", "incidents"],
    [...worlds].map(([world, one]): Cell[] => [
      world,
      one.hospitals,
      Math.round(one.accesses / one.hospitals / weeks),
      rounded(one.explained),
      rounded(one.undocumented),
      one.budgets[0]?.alone.of ?? 0,
    ]),
  );
}
