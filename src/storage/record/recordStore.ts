import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { leafEntry, openingsOf } from "../../domain/record/tree/leafEntry.ts";
import type { CheckpointKey, RecordStore, StoredCheckpoint } from "../../domain/record/tree/store.ts";
import { recordHash } from "../../process/recordHash.ts";
import { columnList, columnsOf, fromRow } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable, isUniqueViolation } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { ACT_COLUMNS, storedAct } from "../journal/acts.ts";
import { readTiles, TILE_WIDTH, tileAt, tilesBetween } from "./tiles.ts";
import { hashesOf, treeHead } from "./treeHashes.ts";

export const checkpointColumns = columnsOf<StoredCheckpoint>({
  size: "integer",
  root: "text",
  note: "text",
  signedAt: "integer",
});
export const keyColumns = columnsOf<CheckpointKey>({
  publicKey: "text",
  madeAt: "integer",
  sinceSize: "integer",
  untilSize: "integer",
});

export const checkpointOf = (row: RawRow): StoredCheckpoint =>
  fromRow(checkpointColumns, row) as unknown as StoredCheckpoint;
export const keyOf = (row: RawRow): CheckpointKey => fromRow(keyColumns, row) as unknown as CheckpointKey;

/** The checkpoints that are to be copied to a file or an address elsewhere. */
interface CheckpointsToCopy {
  /** The newest, where it was not copied yet; null: it was. */
  next(): Promise<StoredCheckpoint | null>;
  /** That it was: none before it is to be copied any more. */
  copied(size: number, at: number): Promise<void>;
}

/** Another key for checkpoints, and where its private part is kept: in the database under a name, or by the caller. */
interface KeyRotation {
  readonly publicKey: string;
  readonly madeAt: number;
  readonly secret: { readonly name: string; readonly value: string } | null;
}

export interface StoredRecord extends RecordStore {
  readonly toCopy: CheckpointsToCopy;
  /** Makes it the current key: what was signed until then is the last of the one before. Rejects with JOURNAL_UNAVAILABLE. */
  rotateKey(rotation: KeyRotation): Promise<void>;
}

export function createRecordStore(deps: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly writer: Writer;
  readonly dialect: Dialect;
  /** Rejects with JOURNAL_UNAVAILABLE. */
  readonly untilGrown: () => Promise<void>;
}): StoredRecord {
  const { dialect, writer } = deps;
  const run: RunSql = async (sql, parameters = []) => ({ rows: await deps.read(sql, parameters), affected: 0 });
  const reader = { run, dialect };
  const sql = (text: string): string => withParameters(dialect, text);
  const rows = async (text: string, ...parameters: readonly unknown[]) => (await run(sql(text), parameters)).rows;
  const reading = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error) => Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The record can't be read.", error)));
  const unwritten = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The record can't be written.", error));
  const change = (text: string, ...parameters: readonly unknown[]): Promise<void> =>
    writer
      .write(async (on) => {
        await on.run(sql(text), parameters);
      })
      .catch(unwritten);
  // Held until the transaction ends, so that no checkpoint comes amid a rotation. SQLite has one writer, and knows no such lock.
  const held = dialect.name === "postgres" ? " FOR UPDATE" : "";
  const newest = `SELECT ${columnList(checkpointColumns)} FROM record_checkpoint`;

  return {
    untilGrown: deps.untilGrown,
    head: () => reading(() => treeHead(reader)),
    hashesOf: (ranges) => reading(() => hashesOf(reader, ranges)),
    leafOf: (actId) =>
      reading(async () => {
        const [row] = await rows(`SELECT ${ACT_COLUMNS} FROM journal WHERE "id" = ?`, actId);
        if (row === undefined) return null;
        const act = storedAct(row);
        const tile = await tileAt(reader, act.position);
        const at = tile?.positions.indexOf(act.position) ?? -1;
        if (tile === null || at < 0) return null;
        const [entry, openings] = [leafEntry(act, recordHash), openingsOf(act, recordHash)];
        return { index: tile.tile * TILE_WIDTH + at, entry, openings, kind: act.kind };
      }),
    leavesBetween: (first, last) =>
      reading(async () =>
        (await tilesBetween(reader, first, last))
          .flatMap(({ hashes, positions, tile }) =>
            hashes.map((digest, i) => ({
              digest,
              index: tile * TILE_WIDTH + i,
              position: positions[i] as number,
            })),
          )
          .filter(({ position }) => position >= first && position <= last),
      ),
    lastPositionOf: (size) =>
      reading(async () => {
        const tile = Math.floor((size - 1) / TILE_WIDTH);
        const [row] = size < 1 ? [] : await readTiles(reader, [{ level: 0, tile }]);
        return row?.positions[(size - 1) % TILE_WIDTH] ?? null;
      }),
    checkpointUpTo: (size) =>
      reading(async () => {
        const [row] = await rows(`${newest} WHERE "size" <= ? ORDER BY "size" DESC LIMIT 1`, size);
        return row === undefined ? null : checkpointOf(row);
      }),
    checkpointFrom: (size) =>
      reading(async () => {
        const [row] = await rows(`${newest} WHERE "size" >= ? ORDER BY "size" LIMIT 1`, size);
        return row === undefined ? null : checkpointOf(row);
      }),
    latestCheckpoint: () =>
      reading(async () => {
        const [row] = await rows(`${newest} ORDER BY "size" DESC LIMIT 1`);
        return row === undefined ? null : checkpointOf(row);
      }),
    addCheckpoint: ({ note, root, signedAt, size }, publicKey) =>
      writer
        .write((on) =>
          inTransaction({ run: on.run, dialect, conflict: "This size was signed." }, async () => {
            const own = sql(`SELECT "until_size" FROM record_key WHERE "public_key" = ?${held}`);
            const [key] = (await on.run(own, [publicKey])).rows;
            // One that was exchanged meanwhile has signed its last.
            if (key !== undefined && key.until_size !== null) return;
            const insert = `INSERT INTO record_checkpoint (${columnList(checkpointColumns)}) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`;
            await on.run(sql(insert), [size, root, note, signedAt]);
          }),
        )
        .catch(unwritten),
    keys: () =>
      reading(async () =>
        (await rows(`SELECT ${columnList(keyColumns)} FROM record_key ORDER BY "since_size", "made_at"`)).map(keyOf),
      ),
    addFirstKey: async ({ madeAt, publicKey, sinceSize }) => {
      const conflict = "There is a key of checkpoints already.";
      await writer
        .write((on) =>
          inTransaction({ run: on.run, dialect, conflict }, async () => {
            const { rows: known } = await on.run('SELECT "public_key" FROM record_key LIMIT 1');
            if (known.length > 0) throw new ScopewardenError("CONFLICT", conflict);
            const insert = `INSERT INTO record_key (${columnList(keyColumns)}) VALUES (?, ?, ?, NULL)`;
            await on.run(sql(insert), [publicKey, madeAt, sinceSize]);
          }),
        )
        .catch((error) =>
          Promise.reject(
            isUniqueViolation(error)
              ? new ScopewardenError("CONFLICT", conflict)
              : asUnavailable("JOURNAL_UNAVAILABLE", "The record can't be written.", error),
          ),
        );
    },
    rotateKey: ({ madeAt, publicKey, secret }) =>
      writer
        .write((on) =>
          inTransaction({ run: on.run, dialect, conflict: "This key has signed before." }, async () => {
            await on.run(`SELECT "public_key" FROM record_key WHERE "until_size" IS NULL${held}`);
            const ended = 'SELECT COALESCE(MAX("size"), 0) AS "size" FROM record_checkpoint';
            const [end] = (await on.run(ended)).rows;
            const size = Number(end?.size);
            await on.run(sql('UPDATE record_key SET "until_size" = ? WHERE "until_size" IS NULL'), [size]);
            const insert = `INSERT INTO record_key (${columnList(keyColumns)}) VALUES (?, ?, ?, NULL)`;
            await on.run(sql(insert), [publicKey, madeAt, size]);
            if (secret !== null)
              await on.run(sql('UPDATE service_secret SET "value" = ? WHERE "name" = ?'), [secret.value, secret.name]);
          }),
        )
        .catch(unwritten),
    toCopy: {
      next: () =>
        reading(async () => {
          const [row] = await rows(`${newest} WHERE "copied_at" IS NULL ORDER BY "size" DESC LIMIT 1`);
          return row === undefined ? null : checkpointOf(row);
        }),
      copied: (size, at) =>
        change('UPDATE record_checkpoint SET "copied_at" = ? WHERE "size" <= ? AND "copied_at" IS NULL', at, size),
    },
  };
}
