import type { StoredAct } from "../../domain/record/tree/leafEntry.ts";
import { openConnection, statementCounter } from "../database/dataSource.ts";
import { dialectOf } from "../database/dialectOf.ts";
import { ACT_COLUMNS } from "../journal/acts.ts";

const ROW = "(?, ?, ?, ?, ?, ?, ?)";
/** Rows of one statement. */
const PART = 50;

/** Puts acts into the journal of a database that has none, at their positions; in a place where nobody decides. */
export async function loadActs(url: string, parts: AsyncIterable<readonly StoredAct[]>): Promise<void> {
  const { close, run } = await openConnection({
    dialect: dialectOf(url),
    purpose: "write",
    counter: statementCounter(),
  });
  try {
    for await (const acts of parts) {
      await run("BEGIN IMMEDIATE");
      for (let at = 0; at < acts.length; at += PART) {
        const rows = acts.slice(at, at + PART);
        await run(
          `INSERT INTO journal (${ACT_COLUMNS}) VALUES ${rows.map(() => ROW).join(", ")}`,
          rows.flatMap(({ format, id, kind, personal, position, record, salt }) => [
            ...[position, kind, format, id, salt],
            ...[record, personal],
          ]),
        );
      }
      await run("COMMIT");
    }
  } finally {
    await close();
  }
}
