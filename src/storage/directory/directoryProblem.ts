import type { Properties } from "../../domain/directory/entity.ts";
import { quoted } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { isOfValue } from "../database/faults.ts";
import { byBytes } from "../database/text.ts";
import { type Change, changesSha256 } from "./directoryCommit.ts";
import { ENTITIES, entityOfRow, REVISIONS } from "./directoryTables.ts";

const REVISIONS_AT_ONCE = 100;

export interface Reading {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** What a revision changed, by the rows that begin and end with it. @throws for a row that can't be read */
export async function changesOf({ run, dialect }: Reading, revision: number): Promise<readonly Change[]> {
  const boundTo = (bound: "since" | "until") =>
    run(
      withParameters(
        dialect,
        `SELECT "type", "id", "since", "properties" FROM ${quoted(ENTITIES)} WHERE ${quoted(bound)} = ?`,
      ),
      [revision],
    );
  const changes = new Map<string, Change>();
  for (const { type, id } of (await boundTo("until")).rows as unknown as readonly Pick<Change, "type" | "id">[])
    changes.set(JSON.stringify([type, id]), { type, id, after: false });
  for (const row of (await boundTo("since")).rows) {
    const { type, id, properties } = entityOfRow(row);
    changes.set(JSON.stringify([type, id]), { type, id, after: properties as Properties | null });
  }
  return [...changes.values()].sort((a, b) => byBytes(a.type, b.type) || byBytes(a.id, b.id));
}

/**
 * Whether what decisions take from the directory is what was committed: the rows that begin and end with a revision have
 * the hash that was kept with it. Null: they are. `late`: the time was over first.
 */
export async function directoryProblem(reading: Reading, isLate: () => boolean): Promise<string | "late" | null> {
  const { run, dialect } = reading;
  const history = withParameters(
    dialect,
    `SELECT "revision", "changes_sha256" FROM ${quoted(REVISIONS)} WHERE "revision" > ? ORDER BY "revision" LIMIT ?`,
  );
  let last = 0;
  for (let more = true; more; ) {
    const { rows } = await run(history, [last, REVISIONS_AT_ONCE]);
    more = rows.length === REVISIONS_AT_ONCE;
    for (const { revision, changes_sha256: kept } of rows) {
      if (isLate()) return "late";
      if (Number(revision) !== ++last) return `revision ${last} of the directory is missing`;
      try {
        if (changesSha256(await changesOf(reading, last)) === kept) continue;
      } catch (error) {
        if (!isOfValue(error)) throw error;
      }
      return `revision ${last} of the directory is not what was committed`;
    }
  }
  const stray = `SELECT 1 FROM ${quoted(ENTITIES)} WHERE "since" < 1 OR "since" > ? OR "until" > ? LIMIT 1`;
  const { rows } = await run(withParameters(dialect, stray), [last, last]);
  return rows.length === 0 ? null : "an entity of the directory is of no revision";
}
