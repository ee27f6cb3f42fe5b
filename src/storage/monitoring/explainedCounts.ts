import type { ExplainedAccess } from "../../domain/monitoring/explanations/seenBefore.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { Batch } from "../follow/consumer.ts";

/**
 * Groups that begin on a day, at most: of further ones the organization, which a caller can make up, counts as `OTHER`. In all, as the
 * metric has them, roles too.
 */
const GROUPS_A_DAY = 5_000;
export const GROUPS_IN_ALL = 200;
const OTHER = "*";
/** In the place of a day: all of them, by organization and role alone. */
export const ALL_DAYS = -1;
/** In the place of a kind, there: explained by any. */
export const EXPLAINED = "YES";

type Group = readonly [day: number, organization: string, clientId: string, role: string, kind: string];
const COLUMNS = ["day", "organization", "client_id", "role", "kind"] as const;
const listed = COLUMNS.map((name) => `"${name}"`).join(", ");
const keyOf = (group: Group): string => JSON.stringify(group);

/** Groups that were there: one that has been emptied since is made again all the same. */
const knownGroups = new WeakMap<Dialect, Set<string>>();
const MOST_KNOWN = 20_000;

function knownOf(dialect: Dialect): Set<string> {
  const known = knownGroups.get(dialect);
  if (known !== undefined && known.size < MOST_KNOWN) return known;
  const empty = new Set<string>();
  knownGroups.set(dialect, empty);
  return empty;
}

const statementsOf = (dialect: Dialect) => {
  const { integer, rows, text } = jsonRows(dialect);
  const values = COLUMNS.map((name, i) => (name === "day" ? integer(i) : text(i)));
  const same = COLUMNS.map((name, i) => `c."${name}" = ${values[i]}`).join(" AND ");
  const sql = (statement: string): string => withParameters(dialect, statement);
  return {
    find: sql(
      `SELECT ${COLUMNS.map((name) => `c."${name}"`).join(", ")} FROM ${rows} JOIN explained_count AS c ON ${same}`,
    ),
    begun: sql('SELECT COUNT(*) AS "n" FROM explained_count WHERE "day" = ?'),
    // SQLite takes ON after a plain FROM for the condition of a join.
    add: sql(`INSERT INTO explained_count (${listed}, "n") SELECT ${values.join(", ")}, ${integer(COLUMNS.length)} FROM ${rows} WHERE TRUE
      ON CONFLICT (${listed}) DO UPDATE SET "n" = explained_count."n" + excluded."n"`),
  };
};

function* groupsOf({ at, clientId, explanation, organization, role }: ExplainedAccess): Generator<Group> {
  const [where, as] = [organization ?? "", role ?? ""];
  yield [at - (at % DAY_MS), where, clientId, as, explanation?.kind ?? ""];
  yield [ALL_DAYS, where, "", as, explanation === null ? "" : EXPLAINED];
}

const asOther = ([day, , clientId, role, kind]: Group): Group => [
  day,
  OTHER,
  clientId,
  day === ALL_DAYS ? OTHER : role,
  kind,
];

/** How many accesses of a batch count under one group. */
export interface ExplainedGroup {
  readonly group: Group;
  n: number;
}

/** By the day and in all. */
export function groupExplained(accesses: readonly ExplainedAccess[]): readonly ExplainedGroup[] {
  const counts = new Map<string, ExplainedGroup>();
  for (const access of accesses)
    for (const group of groupsOf(access)) {
      const count = counts.get(keyOf(group));
      if (count === undefined) counts.set(keyOf(group), { group, n: 1 });
      else count.n++;
    }
  return [...counts.values()];
}

/** Counts accesses in the transaction in which they are written. */
export async function countExplained(
  { change, dialect, select }: Pick<Batch, "select" | "change" | "dialect">,
  groups: readonly ExplainedGroup[],
): Promise<void> {
  if (groups.length === 0) return;
  const sql = statementsOf(dialect);
  const there = knownOf(dialect);
  const unknown = groups.flatMap(({ group }) => (there.has(keyOf(group)) ? [] : [group]));
  if (unknown.length > 0)
    for (const row of await select(sql.find, [JSON.stringify(unknown)]))
      there.add(keyOf([Number(row.day), ...COLUMNS.slice(1).map((name) => String(row[name]))] as unknown as Group));
  const room = new Map<number, number>();
  const added = new Map<string, { readonly group: Group; n: number }>();
  for (const { group, n } of groups) {
    let counted = group;
    if (!there.has(keyOf(group))) {
      const [day] = group;
      const most = day === ALL_DAYS ? GROUPS_IN_ALL : GROUPS_A_DAY;
      const left = room.get(day) ?? most - Number((await select(sql.begun, [day]))[0]?.n);
      room.set(day, left - 1);
      if (left <= 0) counted = asOther(group);
    }
    const sum = added.get(keyOf(counted));
    if (sum === undefined) added.set(keyOf(counted), { group: counted, n });
    else sum.n += n;
  }
  await change(sql.add, [JSON.stringify([...added.values()].map(({ group, n }) => [...group, n]))]);
}
