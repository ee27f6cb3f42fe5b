import type { DataSource } from "typeorm";
import type { DirectoryPart } from "../../domain/directory/directory.ts";
import type { Entity } from "../../domain/directory/entity.ts";
import type { DirectoryStore } from "../../domain/directory/store.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOf, type Query, rowsOf, select } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import type { Writer } from "../database/writer.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { commitDirectory } from "./directoryCommit.ts";
import { directoryEntity, directoryRevision, entityColumns, entityOfRow, entityOfValues } from "./directoryTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "The directory can't be read.", error));

/** The place of a row in the order of a list: of a page by type and id, of a difference by revision first. */
type Place = readonly [bound: number, type: string, id: string];

/** The type and id in the key of a page; null: it is none. */
function pageKey(text: string): readonly [string, string] | null {
  try {
    const parts: unknown = JSON.parse(text);
    if (
      Array.isArray(parts) &&
      parts.length === 2 &&
      parts.every((part) => isStorable(part) && typeof part === "string")
    )
      return parts as unknown as readonly [string, string];
  } catch {}
  return null;
}

/** The directory by revision. Reads use the readers' connections, commits the writer's. */
export function createDirectoryStore(deps: {
  readonly source: DataSource;
  readonly lists: DataSource;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireAuthor: (run: RunSql, callerId: string) => Promise<void>;
  readonly closeProposal: CloseProposal;
}): DirectoryStore {
  const { source, lists, writer, dialect, putOnRecord, requireAuthor, closeProposal } = deps;
  const rows = (from: DataSource): Query => select(from, directoryEntity, entityColumns);

  /** A part of the rows that begin or end in a span of revisions, in that order, as entities. */
  async function partOf(
    bound: "since" | "until",
    [low, high]: readonly [number, number],
    after: Place | null,
  ): Promise<{ readonly entities: readonly Entity[]; readonly last: Place | null }> {
    const inner = rows(source)
      .addSelect(`r.${bound}`, "bound")
      .where(`r.${bound} > :low AND r.${bound} <= :high`, { low, high })
      .andWhere(bound === "since" ? "(r.until IS NULL OR r.until > :high)" : "r.since <= :low")
      .orderBy(`r.${bound}`)
      .addOrderBy("r.type")
      .addOrderBy("r.id")
      .limit(dialect.rowsOfLoad);
    if (after !== null) {
      const [at, type, id] = after;
      inner.andWhere(`(r.${bound}, r.type, r.id) > (:at, :type, :id)`, { at, type, id });
    }
    const values = [...entityColumns.map(({ name }) => `x.${quoted(name)}`), `x.${quoted("bound")}`];
    const query = source.createQueryBuilder().from(`(${inner.getQuery()})`, "x") as Query;
    query.select(dialect.rowsAsJson(values), "rows").setParameters(inner.getParameters());
    const [chunk] = await rowsOf(query).catch(fail);
    const found = JSON.parse((chunk?.rows as string | null) ?? "[]") as readonly (readonly unknown[])[];
    const entities = found.map(entityOfValues);
    const end = entities.at(-1);
    const full = found.length === dialect.rowsOfLoad && end !== undefined;
    return { entities, last: full ? [Number(found.at(-1)?.[entityColumns.length]), end.type, end.id] : null };
  }

  async function* partsOf(
    bound: "since" | "until",
    span: readonly [number, number],
  ): AsyncGenerator<readonly Entity[]> {
    let reading: ReturnType<typeof partOf> | null = partOf(bound, span, null);
    while (reading !== null) {
      const { entities, last }: Awaited<ReturnType<typeof partOf>> = await reading;
      // The database reads on while the rows are taken.
      reading = last === null ? null : partOf(bound, span, last);
      reading?.catch(() => undefined); // Awaited in the next round, unless taking fails.
      if (entities.length > 0) yield entities;
    }
  }

  return {
    async headRevision() {
      const query = select(source, directoryRevision, []).addSelect("MAX(r.revision)", "head");
      const found = await answerWithin(LOOKUP_MS, () => rowsOf(query)).catch(fail);
      return Number(found[0]?.head ?? 0);
    },

    async *difference(from, to): AsyncGenerator<DirectoryPart> {
      const span = [from, to] as const;
      if (from > 0) for await (const gone of partsOf("until", span)) yield { gone, put: [] };
      for await (const put of partsOf("since", span)) yield { gone: [], put };
    },

    commit: (change, carriedOut) =>
      writer
        .write((use) =>
          commitDirectory({ ...use, dialect, putOnRecord, requireAuthor, closeProposal, change, carriedOut }),
        )
        .catch((error) =>
          Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "The directory can't be written.", error)),
        ),

    async version({ type, id, version }) {
      if (!isStorable(type) || !isStorable(id)) return null;
      const query = rows(lists).where("r.type = :type AND r.id = :id AND r.since = :version", { type, id, version });
      const [row] = await rowsOf(query).catch(fail);
      return row === undefined ? null : entityOfRow(row);
    },

    async page({ filter, page }) {
      const { type, id } = filter;
      const after = page.after === null ? null : pageKey(page.after);
      const texts = [type, id].filter((text) => text !== undefined);
      if ((page.after !== null && after === null) || !texts.every(isStorable)) return noPage();
      const query = rows(lists).where("r.until IS NULL").orderBy("r.type").addOrderBy("r.id");
      if (type !== undefined) query.andWhere("r.type = :type", { type });
      if (id !== undefined) query.andWhere("r.id = :id", { id });
      if (after !== null)
        query.andWhere("(r.type, r.id) > (:afterType, :afterId)", { afterType: after[0], afterId: after[1] });
      const itemOf = (row: RawRow) => ({ node: entityOfRow(row), key: JSON.stringify([row.type, row.id]) });
      return pageOf(query, { first: page.first, itemOf }).catch(fail);
    },
  };
}
