import type { DataSource } from "typeorm";
import type { Placed, PlacedStore } from "../../domain/audit/retention/placed.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Act } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { type Column, columnList, columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage } from "../database/select.ts";
import { peopleColumn, storedPerson } from "../database/storedPerson.ts";
import { isStorable } from "../database/text.ts";
import { createStepWriter, type StepDeps } from "../monitoring/stepWriter.ts";

interface PlacedRow {
  readonly id: string;
  readonly reason: string;
  readonly placedAt: number;
  readonly placedBy: string;
  readonly placerSubjectId: string | null;
  readonly placerSubjectType: string | null;
  readonly placerIssuer: string | null;
  readonly placerPeople: readonly string[] | null;
  readonly liftedAt: number | null;
  readonly liftedBy: string | null;
  readonly liftReason: string | null;
}
const placedColumns = columnsOf<PlacedRow>({
  id: "key",
  reason: "text",
  placedAt: "integer",
  placedBy: "text",
  placerSubjectId: "text",
  placerSubjectType: "text",
  placerIssuer: "text",
  placerPeople: "json",
  liftedAt: "integer",
  liftedBy: "text",
  liftReason: "text",
});

/** A table of what is placed and lifted. */
interface PlacedTable<Of extends Placed, Filter> {
  readonly name: string;
  /** What one is called, at the beginning of a sentence. */
  readonly what: string;
  /** Of its members beside those that all have. */
  readonly columns: readonly Column[];
  /** The conditions that a filter sets, each with its parameters. */
  readonly where: (filter: Filter) => readonly (readonly [condition: string, ...values: readonly unknown[]])[];
  readonly placedAct: (placed: Of) => Act;
  readonly liftedAct: (placed: Of, lifted: NonNullable<Placed["lifted"]>) => Act;
}

/** Keeps what is placed and lifted, each in one transaction with its act; `rows` finds all that meet a condition. */
export function createPlacedRows<Of extends Placed, Filter>(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For what may take long. */
    readonly lists: DataSource;
  },
  { columns, liftedAct, name, placedAct, what, where }: PlacedTable<Of, Filter>,
): PlacedStore<Of, Filter> & {
  readonly rows: (condition: string, ...values: readonly unknown[]) => Promise<readonly Of[]>;
} {
  const { dialect, lists, source } = deps;
  const all = [...columns, ...placedColumns];
  const select = `SELECT ${columnList(all)} FROM ${name}`;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", `A ${what.toLowerCase()} can't be read or written.`, error));
  const list = (statement: string, ...values: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(sql(statement), [...values]).catch(fail);

  function placedOf(raw: RawRow): Of {
    const {
      liftedAt,
      liftedBy,
      liftReason,
      placedBy,
      placerIssuer: issuer,
      placerPeople: people,
      placerSubjectId: id,
      placerSubjectType: type,
      ...rest
    } = fromRow(all, raw) as unknown as PlacedRow;
    const lifted = liftedAt === null ? null : { at: liftedAt, by: liftedBy ?? "", reason: liftReason ?? "" };
    return { ...rest, placedBy: storedPerson(placedBy, { id, type, issuer, people }), lifted } as unknown as Of;
  }

  function valuesOf(placed: Of): readonly unknown[] {
    const { lifted, placedBy } = placed;
    const row = {
      ...placed,
      placedBy: placedBy.callerId,
      placerSubjectId: placedBy.subject?.id,
      placerSubjectType: placedBy.subject?.type,
      placerIssuer: placedBy.subject?.issuer,
      placerPeople: peopleColumn(placedBy),
      liftedAt: lifted?.at,
      liftedBy: lifted?.by,
      liftReason: lifted?.reason,
    };
    const members = new Map<string, unknown>(Object.entries(row));
    return all.map((column) => toDatabase(members.get(column.property), column));
  }

  const find = async (id: string): Promise<Of | null> => {
    if (!isStorable(id)) return null;
    const [row] = await answerWithin(LOOKUP_MS, () =>
      source.query<RawRow[]>(sql(`${select} WHERE "id" = ?`), [id]),
    ).catch(fail);
    return row === undefined ? null : placedOf(row);
  };

  return {
    find,
    rows: async (condition, ...values) => (await list(`${select} WHERE ${condition}`, ...values)).map(placedOf),
    place: (placed) =>
      step({
        author: placed.placedBy.callerId,
        actId: placedAct(placed).id,
        async work(run: RunSql) {
          const values = valuesOf(placed);
          await run(sql(`INSERT INTO ${name} (${columnList(all)}) VALUES (${values.map(() => "?").join(", ")})`), [
            ...values,
          ]);
          return placedAct(placed);
        },
      }).catch(fail),
    async lift(id, lifted) {
      const conflict = `${what} ${id} is lifted already. Nothing was changed.`;
      const known = await find(id);
      if (known === null) throw new ScopewardenError("CONFLICT", conflict);
      await step({
        author: lifted.by,
        actId: liftedAct(known, lifted).id,
        async work(run: RunSql) {
          const update = `UPDATE ${name} SET "lifted_at" = ?, "lifted_by" = ?, "lift_reason" = ? WHERE "id" = ? AND "lifted_at" IS NULL`;
          const { affected } = await run(sql(update), [lifted.at, lifted.by, lifted.reason, id]);
          if (affected !== 1) throw new ScopewardenError("CONFLICT", conflict);
          return liftedAct(known, lifted);
        },
      }).catch(fail);
    },
    async page({ filter, page }) {
      const conditions = where(filter);
      const values = conditions.flatMap(([, ...given]) => given);
      if (!values.every((value) => typeof value !== "string" || isStorable(value))) return noPage();
      const texts = conditions.map(([condition]) => `(${condition})`);
      if (page.after !== null) {
        texts.push('"id" < ?');
        values.push(page.after);
      }
      const rows = await list(
        `${select} ${texts.length === 0 ? "" : `WHERE ${texts.join(" AND ")}`} ORDER BY "id" DESC LIMIT ?`,
        ...[...values, page.first + 1],
      );
      const items = rows.slice(0, page.first).map((row) => ({ node: placedOf(row), key: String(row.id) }));
      return { items, hasNextPage: rows.length > page.first };
    },
  };
}
