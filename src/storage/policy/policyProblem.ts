import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { NOUNS, type Noun, type RowChange } from "../../domain/policy/types.ts";
import { columnList, fromRow, quoted } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { policyTables, ROW_KEY, UNTIL } from "./policyTables.ts";

const REVISIONS_AT_ONCE = 100;
const ROWS_AT_ONCE = 1_000;

/** What the history says that the policy is: each row as canonical JSON, by its key. */
type Told = { readonly [N in Noun]: Map<string, string> };

const told = (): Told => Object.fromEntries(NOUNS.map((noun) => [noun, new Map<string, string>()])) as unknown as Told;

function take(policy: Told, changes: readonly RowChange[]): void {
  for (const { noun, key, after } of changes)
    if (after === null) policy[noun].delete(key);
    else policy[noun].set(key, canonicalJson(after as unknown as Json));
}

/**
 * Whether the rows that decisions are made from are what the history of the policy says. Each row stands twice, there and
 * among the changes of a revision, so a byte that differs in one of them is found, where a page may be in order all the
 * same. Null: they agree. `late`: the time was over first.
 */
export async function policyProblem(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  isLate: () => boolean,
): Promise<string | "late" | null> {
  const policy = told();
  const history = withParameters(
    dialect,
    'SELECT "revision", "changes" FROM policy_revision WHERE "revision" > ? ORDER BY "revision" LIMIT ?',
  );
  for (let last = 0; ; ) {
    const { rows } = await run(history, [last, REVISIONS_AT_ONCE]);
    for (const { revision, changes } of rows) {
      if (isLate()) return "late";
      last = Number(revision);
      try {
        take(policy, JSON.parse(String(changes)));
      } catch {
        return `revision ${last} of the policy can't be read`;
      }
    }
    if (rows.length < REVISIONS_AT_ONCE) break;
  }
  for (const noun of NOUNS) {
    const { name, columns } = policyTables[noun];
    const current = withParameters(
      dialect,
      `SELECT ${columnList([ROW_KEY, ...columns])} FROM ${quoted(name)}
       WHERE ${quoted(UNTIL.name)} IS NULL AND ${quoted(ROW_KEY.name)} > ? ORDER BY ${quoted(ROW_KEY.name)} LIMIT ?`,
    );
    for (let key = "", more = true; more; ) {
      const { rows } = await run(current, [key, ROWS_AT_ONCE]);
      more = rows.length === ROWS_AT_ONCE;
      for (const row of rows) {
        if (isLate()) return "late";
        key = String(row[ROW_KEY.name]);
        const said = policy[noun].get(key);
        policy[noun].delete(key);
        if (said !== rowText(noun, row)) return `a ${noun} of the policy is not what its history says`;
      }
    }
    if (policy[noun].size > 0) return `a ${noun} of the policy is missing, which its history has`;
  }
  return null;
}

/** Null for a row that can't be read. */
function rowText(noun: Noun, row: Parameters<typeof fromRow>[1]): string | null {
  try {
    return canonicalJson(fromRow(policyTables[noun].columns, row) as Json);
  } catch {
    return null;
  }
}
