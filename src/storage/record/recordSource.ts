import { type KnownRebuild, unacknowledged } from "../../domain/audit/indexRebuilds.ts";
import { actTime } from "../../domain/record/actTime.ts";
import type { ActKind } from "../../domain/record/kinds.ts";
import { DamagedTreeError } from "../../domain/record/tree/damagedTree.ts";
import type { StoredAct } from "../../domain/record/tree/leafEntry.ts";
import type { CheckpointKey } from "../../domain/record/tree/store.ts";
import { type KeptLeaf, type RecordSource, sideBySide } from "../../domain/record/verify/recordSource.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { closeQuietly, statementCounter } from "../database/dataSource.ts";
import { withParameters } from "../database/dialect.ts";
import { dialectOf } from "../database/dialectOf.ts";
import { missingFile } from "../database/missingFile.ts";
import { openReadConnections } from "../database/readConnections.ts";
import { retryWhileBusy } from "../database/retryWhileBusy.ts";
import { requireSchema } from "../database/schema.ts";
import { compareDirectory } from "../directory/compareDirectory.ts";
import { ACT_COLUMNS, storedAct } from "../journal/acts.ts";
import { compareIndex, type IndexComparison } from "../journal/compareIndex.ts";
import { atOneMoment } from "../journal/derived/atOneMoment.ts";
import type { HistoryComparison } from "../journal/derived/compareHistory.ts";
import { INDEX_REBUILDS_SQL, indexRebuildsOf } from "../journal/indexRebuilds.ts";
import { comparePolicy } from "../policy/comparePolicy.ts";
import { checkpointColumns, checkpointOf, keyColumns, keyOf } from "./recordStore.ts";
import { recordTree } from "./recordTree.ts";
import { COLUMNS, lastTile, TILE_WIDTH, type Tile, tileOf } from "./tiles.ts";
import { treeSize } from "./treeHashes.ts";

/** Rows of one statement: acts of two kilobytes, rows of 256 hashes, checkpoints. */
const ACTS = 1_000;
const TILES = 40;
const CHECKPOINTS = 1_000;

export interface OpenedRecord {
  /** As it was when it was opened: what is put on record meanwhile is not looked at. */
  readonly source: RecordSource;
  /** The same without its acts: they are not read. */
  readonly treeOnly: RecordSource;
  readonly keys: readonly CheckpointKey[];
  readonly size: number;
  /** When the first act after a position was, in milliseconds since 1970; NaN where that can't be read; null: there is none. */
  firstAfter(position: number): Promise<number | null>;
  /** The index by which decisions are searched, against the record. */
  compareIndex(progress: (position: number) => void): Promise<IndexComparison>;
  /** The policy and the directory, of which decisions are made, against the acts of their revisions. */
  compareHistories(): Promise<{ readonly policy: HistoryComparison; readonly directory: HistoryComparison }>;
  /** Rebuilds of the index, or of damaged months of it, of which no auditor has taken note, the oldest first. */
  unacknowledged(): Promise<readonly KnownRebuild[]>;
  /** The last position of the journal. */
  readonly end: number;
  close(): Promise<void>;
}

/** When an act says that it was; NaN: nothing that can be read. */
function timeOf(act: StoredAct): number {
  try {
    return actTime({ kind: act.kind as ActKind, record: act.record });
  } catch {
    return Number.NaN;
  }
}

/** Acts may stand at any position, where somebody put them. */
const FROM_START = Number.MIN_SAFE_INTEGER;

/** SQLite keeps bytes where a text belongs, and finds nobody by them: such an act is not what was put on record. */
function actOf(row: RawRow): StoredAct {
  const isText = [row.kind, row.id, row.record, row.personal, row.salt ?? ""].every(
    (value) => typeof value === "string",
  );
  return isText ? storedAct(row) : { ...storedAct(row), personal: "" };
}

async function* noActs(): AsyncGenerator<readonly StoredAct[]> {}

/** The leaves that a row has, of the first so many of the tree. @throws DamagedTreeError */
function leavesOf({ hashes, positions, tile }: Tile, size: number): readonly KeptLeaf[] {
  if (positions.length !== hashes.length) throw new DamagedTreeError("a row has no positions");
  const left = Math.max(0, size - tile * TILE_WIDTH);
  return hashes.slice(0, left).map((digest, i) => ({ digest, position: positions[i] as number }));
}

/** Null where what is kept of the tree can't be read. */
const orNull = <T>(reading: Promise<T>): Promise<T | null> =>
  reading.catch((error: unknown) => {
    if (error instanceof DamagedTreeError) return null;
    throw error;
  });

/**
 * A database's record, to be verified: on connections that never write, beside a service as well. Null: there is no such database.
 * Rejects where it can't be read, or has another schema.
 */
export async function openRecord(url: string): Promise<OpenedRecord | null> {
  const dialect = dialectOf(url);
  if (missingFile(url) !== null) return null;
  const source = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() }));
  const rows = (sql: string, ...parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    source.query(withParameters(dialect, sql), [...parameters]);

  /** Parts in the order of a column, the next one being read while one is looked at. */
  async function* parts<T>(
    read: (after: number) => Promise<readonly RawRow[]>,
    {
      after,
      itemOf,
      placeOf,
    }: { readonly after: number; readonly itemOf: (row: RawRow) => T; readonly placeOf: string },
  ): AsyncGenerator<readonly T[]> {
    let before = after;
    let reading = read(after);
    for (;;) {
      const found = await reading;
      const last = found.at(-1);
      if (last === undefined) return;
      const next = Number(last[placeOf]);
      // A number that is not exact would be read again and again.
      if (!(Number.isSafeInteger(next) && next > before))
        throw new DamagedTreeError("rows are numbered beyond all numbers");
      before = next;
      reading = read(next);
      // It is waited for in the next turn, or never.
      reading.catch(() => undefined);
      yield found.map(itemOf);
    }
  }

  const ofKind = (kind: string, until: number) =>
    parts(
      (after) =>
        rows(
          `SELECT ${ACT_COLUMNS} FROM journal WHERE "kind" = '${kind}' AND "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ?`,
          ...[after, until, ACTS],
        ),
      { after: FROM_START, itemOf: actOf, placeOf: "seq" },
    );

  try {
    const run = async (sql: string, parameters: readonly unknown[] = []) => ({
      rows: await source.query(sql, [...parameters]),
      affected: 0,
    });
    await requireSchema({ run, dialect });
    // A service may add to it meanwhile. So each bound is read after what it bounds: the tree has all that any of the first four tell of.
    const [newest] = await rows('SELECT MAX("size") AS "size" FROM record_checkpoint');
    const [follower] = await rows('SELECT "position" FROM journal_follower WHERE "name" = ?', recordTree.name);
    const keys = (await rows(`SELECT ${columnList(keyColumns)} FROM record_key ORDER BY "since_size"`)).map(keyOf);
    const innerSizes: number[] = [];
    for (let level = 1; ; level++) {
      const last = await orNull(lastTile({ run, dialect }, level));
      if (last === null) break;
      innerSizes.push(last.tile * TILE_WIDTH + last.hashes.length);
    }
    /** Null: it can't be told. Whoever reads the rows meets the reason. */
    const grown = await orNull(treeSize({ run, dialect }));
    const [end] = await rows('SELECT MAX("seq") AS "end" FROM journal');
    const lastPosition = Number(end?.end ?? 0);
    const lastCheckpoint = Number(newest?.size ?? 0);
    const size = grown ?? lastPosition;
    /** What a level has by the leaves, or had more than that. */
    const innerSize = (level: number): number =>
      Math.max(innerSizes[level - 1] ?? 0, Math.floor(size / TILE_WIDTH ** level));
    const tileRows = (level: number) =>
      parts(
        (after) =>
          rows(
            `SELECT ${COLUMNS} FROM record_tile WHERE "level" = ? AND "tile" > ? ORDER BY "tile" LIMIT ?`,
            level,
            after,
            TILES,
          ),
        { after: -1, itemOf: (row) => row, placeOf: "tile" },
      );
    async function* leaves(damaged?: "passed over"): AsyncGenerator<readonly KeptLeaf[]> {
      for await (const part of tileRows(0)) {
        const found: KeptLeaf[] = [];
        for (const row of part) {
          try {
            found.push(...leavesOf(tileOf(row), grown ?? Number.POSITIVE_INFINITY));
          } catch (error) {
            if (damaged === undefined || !(error instanceof DamagedTreeError)) throw error;
          }
        }
        yield found;
      }
    }
    const acts = () =>
      parts(
        (after) =>
          rows(
            `SELECT ${ACT_COLUMNS} FROM journal WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ?`,
            ...[after, lastPosition, ACTS],
          ),
        { after: FROM_START, itemOf: actOf, placeOf: "seq" },
      );
    const record: RecordSource = {
      width: TILE_WIDTH,
      grownTo: Number(follower?.position ?? 0),
      leaves: (damaged) => sideBySide(leaves(damaged), acts(), damaged),
      rotations: () => ofKind("CHECKPOINT_KEY", lastPosition),
      erasures: () => ofKind("ERASURE", lastPosition),
      // Which they are the table says, and they themselves stand in the journal.
      archives: async function* () {
        const ids = 'SELECT "act_id" FROM journal_archive';
        const sql = `SELECT ${ACT_COLUMNS} FROM journal WHERE "kind" = 'ARCHIVE' AND "id" IN (${ids}) ORDER BY "seq"`;
        yield (await rows(sql)).map(actOf);
      },
      checkpoints: () =>
        parts(
          (after) =>
            rows(
              `SELECT ${columnList(checkpointColumns)} FROM record_checkpoint WHERE "size" > ? AND "size" <= ? ORDER BY "size" LIMIT ?`,
              ...[after, lastCheckpoint, CHECKPOINTS],
            ),
          { after: 0, itemOf: checkpointOf, placeOf: "size" },
        ),
      async *inner() {
        for (let level = 1; innerSize(level) > 0; level++) {
          for await (const part of tileRows(level)) {
            for (const { hashes, tile } of part.map(tileOf)) {
              const from = tile * TILE_WIDTH;
              const left = innerSize(level) - from;
              if (left > 0) yield { level, from, hashes: hashes.slice(0, left) };
            }
          }
        }
      },
    };
    return {
      keys,
      size,
      source: record,
      treeOnly: { ...record, isTreeOnly: true, leaves: () => sideBySide(leaves(), noActs()) },
      end: lastPosition,
      async firstAfter(position) {
        const sql = `SELECT ${ACT_COLUMNS} FROM journal WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT 1`;
        const [first] = (await rows(sql, position, lastPosition)).map(actOf);
        return first === undefined ? null : timeOf(first);
      },
      compareIndex: (progress) => {
        return compareIndex({ source, dialect, end: lastPosition, progress });
      },
      compareHistories: () =>
        atOneMoment({ source, dialect }, async (read) => ({
          policy: await comparePolicy(read, dialect),
          directory: await compareDirectory(read, dialect),
        })),
      unacknowledged: async () => unacknowledged(indexRebuildsOf(await rows(INDEX_REBUILDS_SQL))),
      close: () => closeQuietly(source),
    };
  } catch (error) {
    await closeQuietly(source);
    throw error;
  }
}
