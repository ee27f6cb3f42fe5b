import type { Archive } from "../../domain/record/archive/store.ts";
import { columnList, columnsOf, fromRow } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** Names that SQL would take for words of its own are other ones in the table. */
type Row = Omit<Archive, "from" | "until"> & { readonly fromPosition: number; readonly untilPosition: number };
const columns = columnsOf<Row>({
  untilPosition: "integer",
  fromPosition: "integer",
  first: "integer",
  size: "integer",
  month: "text",
  file: "text",
  sha256: "text",
  at: "integer",
  actId: "key",
  directoryRevision: "integer",
  removedTo: "integer",
});

/** The columns of `journal_archive`. */
export const ARCHIVE_COLUMNS = columnList(columns);
export const ARCHIVE_MARKS = columns.map(() => "?").join(", ");

export function archiveOf(row: RawRow): Archive {
  const { fromPosition: from, untilPosition: until, ...rest } = fromRow(columns, row) as unknown as Row;
  return { ...rest, from, until };
}

/** The values of a row, in the order of the columns. */
export function archiveValues({ from: fromPosition, until: untilPosition, ...rest }: Archive): readonly unknown[] {
  const row: Row = { ...rest, fromPosition, untilPosition };
  return columns.map(({ property }) => row[property as keyof Row]);
}
