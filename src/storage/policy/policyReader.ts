import type { DataSource } from "typeorm";
import type { Breathe } from "../../domain/kernel/ports.ts";
import type { PolicyReader } from "../../domain/policy/store.ts";
import type { Noun, PolicyRows } from "../../domain/policy/types.ts";
import { column, quoted } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOf, type Query, rowsOf, select } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { policyEntities, policyRow, policyTables, ROW_KEY } from "./policyTables.ts";

/** Parents of one statement; a list for more of them is read in several. */
const MAX_VALUES = 500;
/** Rows of one statement: decisions wait while they are taken over. More than two parents may have. */
const MAX_ROWS = 1_000;

const failed = (error: unknown): Error => asUnavailable("POLICY_UNAVAILABLE", "The policy can't be read.", error);

/** The rows of a noun as they were at a revision. */
export function rowsAt(source: DataSource, noun: Noun, revision: number): Query {
  return select(source, policyEntities[noun], [ROW_KEY, ...policyTables[noun].columns]).where(
    "r.since <= :revision AND (r.until IS NULL OR r.until > :revision)",
    { revision },
  );
}

function narrow(query: Query, property: string, value: unknown): void {
  if (property.endsWith("Prefix")) {
    const text = value as string;
    const name = property.slice(0, -"Prefix".length);
    // LIKE would ignore letter case on SQLite and read % and _; the range is for the index.
    query.andWhere(`r.${name} >= :${property} AND substr(r.${name}, 1, :${property}Length) = :${property}`, {
      [property]: text,
      [`${property}Length`]: [...text].length,
    });
  } else {
    query.andWhere(`r.${property} = :${property}`, { [property]: value });
  }
}

/** The rows of those parents for which they are all there, where there was no room for more rows, and how many parents that are. */
function wholeParents(
  rows: readonly RawRow[],
  name: string,
): { readonly rows: readonly RawRow[]; readonly parents: number } {
  const last = rows.at(-1)?.[name];
  const whole = rows.length < MAX_ROWS ? rows : rows.filter((row) => row[name] !== last);
  return { rows: whole, parents: new Set(whole.map((row) => row[name])).size };
}

/** Lists of policy rows, read from the database a page at a time. */
export function createPolicyReader({
  source,
  giveWay,
}: {
  readonly source: DataSource;
  /** Passed between the parts of long lists. */
  readonly giveWay: Breathe;
}): PolicyReader {
  /** For each of these values its first rows, by value, until there are as many rows as a statement may have. */
  async function relatedRows(
    noun: Noun,
    query: {
      readonly revision: number;
      readonly column: string;
      readonly values: readonly string[];
      readonly first: number;
    },
  ): Promise<readonly RawRow[]> {
    const { name } = column(query.column, "key");
    const ranked = rowsAt(source, noun, query.revision)
      .addSelect(`ROW_NUMBER() OVER (PARTITION BY r.${query.column} ORDER BY r.rowKey)`, "place")
      .andWhere(`r.${query.column} IN (:...values)`, { values: query.values });
    const outer = source.createQueryBuilder().select("x.*").from(`(${ranked.getQuery()})`, "x") as Query;
    outer
      .where("x.place <= :first")
      .orderBy(`x.${quoted(name)}`)
      .addOrderBy("x.place")
      .limit(MAX_ROWS)
      .setParameters({ ...ranked.getParameters(), first: query.first });
    return rowsOf(outer);
  }

  return {
    async page({ noun, revision, filter, page }) {
      const wanted = Object.entries(filter).filter(([, value]) => value !== undefined && value !== null);
      const texts = [page.after, ...wanted.map(([, value]) => value)].filter((value) => typeof value === "string");
      if (!texts.every(isStorable)) return noPage();
      const query = rowsAt(source, noun, revision).orderBy("r.rowKey");
      if (page.after !== null) query.andWhere("r.rowKey > :after", { after: page.after });
      for (const [property, value] of wanted) narrow(query, property, value);
      const itemOf = (row: RawRow) => ({ node: policyRow(noun, row), key: String(row[ROW_KEY.name]) });
      return pageOf(query, { first: page.first, itemOf }).catch((error) => Promise.reject(failed(error)));
    },

    async related<N extends Noun>({ noun, values, ...rest }: Parameters<PolicyReader["related"]>[0]) {
      const { name } = column(rest.column, "key");
      const found = new Map<string, PolicyRows[N][]>();
      let left = [...new Set(values)].filter(isStorable);
      for (let size = MAX_VALUES; left.length > 0; ) {
        const part = left.slice(0, size);
        const rows = await relatedRows(noun, { ...rest, values: part }).catch((error) => Promise.reject(failed(error)));
        const whole = wholeParents(rows, name);
        for (const row of whole.rows) {
          const parent = String(row[name]);
          const list = found.get(parent) ?? [];
          list.push(policyRow(noun, row) as PolicyRows[N]);
          found.set(parent, list);
        }
        if (rows.length < MAX_ROWS) {
          left = left.slice(size);
          size = Math.min(size * 2, MAX_VALUES);
        } else {
          // As many as the rows that there was room for belonged to: few are ranked in vain.
          left = left.filter((value) => !found.has(value));
          size = Math.max(1, whole.parents);
        }
        if (left.length > 0) await giveWay();
      }
      return found;
    },
  };
}
