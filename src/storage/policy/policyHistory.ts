import type { DataSource } from "typeorm";
import type { NamedNoun } from "../../domain/policy/namedRows.ts";
import type { DifferingRow, PolicyStore } from "../../domain/policy/store.ts";
import { NOUNS, type Noun, type PolicyRows, type RowChange } from "../../domain/policy/types.ts";
import { column } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageBudget, type Query, rowsOf, select } from "../database/select.ts";
import { byBytes, isStorable } from "../database/text.ts";
import { policyEntities, policyRow, policyTables, ROW_KEY, SINCE, UNTIL } from "./policyTables.ts";

/** Rows of one statement: each may be as large as a request, and other work waits while they are taken. */
const PART = 100;
/** Names that are looked for by one statement. */
const NAMES = 500;
/** The indexed column by which rows are named: their key, but of scopes, whose versions have one each. */
const NAMED_BY = {
  client: "rowKey",
  scope: "name",
  role: "rowKey",
  rule: "rowKey",
  organization: "rowKey",
} as const satisfies Record<NamedNoun, string>;
/** Rows that a statement looks at where it may leave out most of them. */
const SLICE = 250;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "The policy can't be read.", error));

const rowsOfNoun = (source: DataSource, noun: Noun): Query =>
  select(source, policyEntities[noun], [ROW_KEY, SINCE, UNTIL, ...policyTables[noun].columns]);

const keyOf = (row: RawRow): string => String(row[ROW_KEY.name]);

/** Rows of a noun that begin or end with a revision after the first up to and with the second. */
interface Between {
  readonly noun: Noun;
  readonly bound: "since" | "until";
  readonly span: readonly [number, number];
}
/** A place in their order. */
interface Place {
  readonly at: number;
  readonly key: string;
}

/**
 * What changed from revision to revision, by the rows that begin and end with each: an index has them in the order of
 * their revisions and keys, so that what is read is what changed.
 */
export function createPolicyHistory(source: DataSource): Pick<PolicyStore, "changes" | "difference" | "moved"> {
  /** The rows of a noun that begin (`since`) or end (`until`) with one revision, by key. */
  const boundTo = (
    noun: Noun,
    bound: "since" | "until",
    { revision, after, first }: { readonly revision: number; readonly after: string | null; readonly first: number },
  ): Promise<readonly RawRow[]> => {
    const query = rowsOfNoun(source, noun).where(`r.${bound} = :revision`, { revision }).orderBy("r.rowKey");
    if (after !== null) query.andWhere("r.rowKey > :after", { after });
    return rowsOf(query.limit(first)).catch(fail);
  };

  /** A part of what a revision changed in one noun, by key, and the key after which there may be more. */
  async function changesOf(noun: Noun, part: Parameters<typeof boundTo>[2]) {
    const [begun, ended] = [await boundTo(noun, "since", part), await boundTo(noun, "until", part)];
    // Beyond the last row of a list that is cut off, the other side of a change may be missing.
    const cut = [begun, ended].filter((rows) => rows.length === part.first).map((rows) => keyOf(rows.at(-1) as RawRow));
    const [end] = cut.sort(byBytes);
    const within = (row: RawRow): boolean => end === undefined || byBytes(keyOf(row), end) <= 0;
    const sides = new Map<string, { before: RawRow | null; after: RawRow | null }>();
    for (const row of ended.filter(within)) sides.set(keyOf(row), { before: row, after: null });
    for (const row of begun.filter(within))
      sides.set(keyOf(row), { before: sides.get(keyOf(row))?.before ?? null, after: row });
    const changes = [...sides].sort(([a], [b]) => byBytes(a, b)).map(([key, rows]) => ({ key, ...rows }));
    return { changes, next: end ?? null };
  }

  const read = (noun: Noun, row: RawRow | null): PolicyRows[Noun] | null =>
    row === null ? null : policyRow(noun, row);

  /** Where a slice of the rows that begin or end between two revisions ends; null: it has all that are left. */
  async function sliceEnd({ noun, bound, span: [low, high] }: Between, last: Place | null): Promise<Place | null> {
    const query = select(source, policyEntities[noun], [bound === "since" ? SINCE : UNTIL, ROW_KEY])
      .where(`r.${bound} > :low AND r.${bound} <= :high`, { low, high })
      .orderBy(`r.${bound}`)
      .addOrderBy("r.rowKey");
    if (last !== null) query.andWhere(`(r.${bound}, r.rowKey) > (:at, :key)`, { ...last });
    const [row] = await rowsOf(query.offset(SLICE - 1).limit(1)).catch(fail);
    return row === undefined ? null : { at: Number(row[bound]), key: keyOf(row) };
  }

  /**
   * The rows of a noun that one revision has and the other has not, by the revision that `bound` names, then by key. In slices of what is
   * looked at: of thousands of revisions that change the same row, all but one or two of its rows are left out.
   */
  async function* between(of: Between): AsyncGenerator<readonly RawRow[]> {
    const { noun, bound } = of;
    const [low, high] = of.span;
    for (let last: Place | null = null; ; ) {
      const end = await sliceEnd(of, last);
      const query = rowsOfNoun(source, noun)
        .where(`r.${bound} > :low AND r.${bound} <= :high`, { low, high })
        .andWhere(bound === "since" ? "(r.until IS NULL OR r.until > :high)" : "r.since <= :low")
        .orderBy(`r.${bound}`)
        .addOrderBy("r.rowKey");
      if (last !== null) query.andWhere(`(r.${bound}, r.rowKey) > (:at, :key)`, { ...last });
      if (end !== null)
        query.andWhere(`(r.${bound}, r.rowKey) <= (:endAt, :endKey)`, { endAt: end.at, endKey: end.key });
      yield await rowsOf(query).catch(fail);
      if (end === null) return;
      last = end;
    }
  }

  return {
    async changes({ revision, page }) {
      const [, noun, key = ""] = /^(\w+) (.*)$/s.exec(page.after ?? `${NOUNS[0]} `) ?? [];
      const nouns = NOUNS.slice(NOUNS.indexOf(noun as Noun));
      if (!NOUNS.includes(noun as Noun) || !isStorable(key)) return noPage();
      const items: { readonly node: RowChange; readonly key: string }[] = [];
      const hasRoom = pageBudget();
      for (const of of nouns) {
        let after: string | null = of === noun ? key : null;
        do {
          const part = await changesOf(of, { revision, after, first: Math.min(PART, page.first + 1) });
          for (const change of part.changes) {
            if (items.length === page.first) return { items, hasNextPage: true };
            const [before, afterwards] = [read(of, change.before), read(of, change.after)];
            const node = { noun: of, key: change.key, before, after: afterwards } as RowChange;
            items.push({ node, key: `${of} ${change.key}` });
            const full = [change.before, change.after].some((row) => row !== null && !hasRoom(row));
            if (full) return { items, hasNextPage: true };
          }
          after = part.next;
        } while (after !== null);
      }
      return { items, hasNextPage: false };
    },

    async moved(named, span) {
      for (const noun of Object.keys(NAMED_BY) as NamedNoun[]) {
        const ids = named.filter((row) => row.noun === noun && isStorable(row.id)).map(({ id }) => id);
        const by = NAMED_BY[noun];
        for (let at = 0; at < ids.length; at += NAMES) {
          // What is being written, and not committed yet, begins and ends later.
          const query = select(source, policyEntities[noun], [column(by, "key")])
            .where(`r.${by} IN (:...ids)`, { ids: ids.slice(at, at + NAMES) })
            .andWhere("((r.since > :after AND r.since <= :upTo) OR (r.until > :after AND r.until <= :upTo))", span)
            .limit(1);
          const [row] = await rowsOf(query).catch(fail);
          if (row !== undefined) return { noun, id: String(row[column(by, "key").name]) };
        }
      }
      return null;
    },

    async *difference(from, to) {
      const span = [Math.min(from, to), Math.max(from, to)] as const;
      const [begun, ended] = from < to ? (["to", "from"] as const) : (["from", "to"] as const);
      for (const noun of NOUNS) {
        for (const [bound, side] of [
          ["until", ended],
          ["since", begun],
        ] as const) {
          for await (const rows of between({ noun, bound, span }))
            yield rows.map((row) => ({ noun, row: policyRow(noun, row), key: keyOf(row), side }) as DifferingRow);
        }
      }
    },
  };
}
