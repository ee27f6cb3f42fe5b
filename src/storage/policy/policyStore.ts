import type { DataSource } from "typeorm";
import { snapshotBuilder } from "../../domain/policy/snapshot.ts";
import type { PolicyRevision, PolicyStore } from "../../domain/policy/store.ts";
import { NOUNS, type Noun, type PolicyRows } from "../../domain/policy/types.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { fromRow, quoted } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOf, type Query, rowsOf, select } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { type CommitDeps, commitRevision } from "./policyCommit.ts";
import { createPolicyHistory } from "./policyHistory.ts";
import { rowsAt } from "./policyReader.ts";
import { policyRowOf, policyTables, ROW_KEY, revisionColumns, revisionEntity } from "./policyTables.ts";

/** Rows in the order of their keys, as a JSON array with one of values for each; whether more may follow; the last key. */
interface Chunk {
  readonly rows: string;
  readonly full: boolean;
  readonly last: unknown;
}

type NounRow = { [N in Noun]: { readonly noun: N; readonly row: PolicyRows[N] } }[Noun];

const failed = (error: unknown): Error => asUnavailable("POLICY_UNAVAILABLE", "The policy can't be read.", error);
const fail = (error: unknown): Promise<never> => Promise.reject(failed(error));

const headColumns = revisionColumns.filter(({ property }) => property !== "changesSha256");
const revisionOf = (row: RawRow): PolicyRevision => fromRow(headColumns, row) as unknown as PolicyRevision;

/** The policy by revision. Reads use the readers' connections, commits the writer's. */
export function createPolicyStore({
  source,
  ...deps
}: Omit<CommitDeps, "read"> & { readonly source: DataSource }): PolicyStore {
  const { dialect } = deps;
  const read: CommitDeps["read"] = (sql) => answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(sql));

  async function headRevision(): Promise<number> {
    const query = select(source, revisionEntity, []).addSelect("MAX(r.revision)", "head");
    const rows = await answerWithin(LOOKUP_MS, () => rowsOf(query)).catch(fail);
    return Number(rows[0]?.head ?? 0);
  }

  async function chunkAt(noun: Noun, revision: number, after: unknown): Promise<Chunk> {
    const inner = rowsAt(source, noun, revision).orderBy("r.rowKey").limit(dialect.rowsOfLoad);
    if (after !== null) inner.andWhere("r.rowKey > :after", { after });
    const values = policyTables[noun].columns.map(({ name }) => `x.${quoted(name)}`);
    const query = source.createQueryBuilder().from(`(${inner.getQuery()})`, "x") as Query;
    query
      .select(dialect.rowsAsJson(values), "rows")
      .addSelect("COUNT(*)", "count")
      .addSelect(`MAX(x.${quoted(ROW_KEY.name)})`, "last")
      .setParameters(inner.getParameters());
    const [chunk] = await rowsOf(query);
    return {
      rows: (chunk?.rows as string | null) ?? "[]",
      full: Number(chunk?.count) === dialect.rowsOfLoad,
      last: chunk?.last,
    };
  }

  /** Read in several statements, and still of one moment: no later commit changes what was at a revision. */
  async function eachRow(noun: Noun, revision: number, take: (row: NounRow) => void): Promise<void> {
    for (let reading: Promise<Chunk> | null = chunkAt(noun, revision, null); reading !== null; ) {
      const { rows, full, last }: Chunk = await reading;
      // The database reads on while the rows are taken.
      reading = full ? chunkAt(noun, revision, last) : null;
      reading?.catch(() => undefined); // Awaited in the next round, unless taking fails.
      for (const values of JSON.parse(rows)) take({ noun, row: policyRowOf(noun, values) } as NounRow);
    }
  }

  return {
    ...createPolicyHistory(source),
    headRevision,

    async load(revision) {
      const wanted = revision ?? (await headRevision());
      const builder = snapshotBuilder();
      for (const noun of NOUNS) await eachRow(noun, wanted, builder.add).catch(fail);
      return builder.done(wanted);
    },

    async commit(revision, carriedOut) {
      await commitRevision({ ...deps, read }, revision, carriedOut).catch((error) =>
        Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "The policy can't be written.", error)),
      );
    },

    async revision(revision) {
      const rows = await rowsOf(
        select(source, revisionEntity, headColumns).where("r.revision = :revision", { revision }),
      ).catch(fail);
      return rows[0] === undefined ? null : revisionOf(rows[0]);
    },

    async revisions({ filter, page }) {
      if ([filter.callerId, filter.key].some((text) => text !== undefined && !isStorable(text))) return noPage();
      const query = select(source, revisionEntity, headColumns).orderBy("r.revision", "DESC");
      if (page.after !== null) query.andWhere("r.revision < :after", { after: page.after });
      if (filter.callerId !== undefined) query.andWhere("r.author = :author", { author: filter.callerId });
      if (filter.from !== undefined) query.andWhere("r.committedAt >= :from", { from: filter.from });
      if (filter.to !== undefined) query.andWhere("r.committedAt < :to", { to: filter.to });
      if (filter.noun !== undefined && filter.key !== undefined) {
        const table = policyTables[filter.noun].name;
        const bound = (name: string) => `SELECT c."${name}" FROM "${table}" c WHERE c."row_key" = :key`;
        query.andWhere(`r.revision IN (${bound("since")} UNION ${bound("until")})`, { key: filter.key });
      }
      const itemOf = (row: RawRow) => ({ node: revisionOf(row), key: Number(row.revision) });
      return pageOf(query, { first: page.first, itemOf }).catch(fail);
    },
  };
}
