import type { Breathe } from "../../domain/kernel/ports.ts";
import type { AccessGiven, CarriedOut } from "../../domain/policy/fourEyes.ts";
import type { Act, RecordedAct } from "../../domain/record/acts.ts";
import { type ActKind, KINDS } from "../../domain/record/kinds.ts";
import { partsOf, wholeRecord } from "../../domain/record/personal.ts";
import type { StoredAct } from "../../domain/record/tree/leafEntry.ts";
import { wholeDecision } from "../../domain/record/wholeDecision.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow, RunSql, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import type { BatchAct } from "./consumer.ts";
import { journalSql } from "./journalSql.ts";
import { journalColumns } from "./journalTables.ts";

const { kind, format, id, salt, record, personal } = journalColumns;
const written = [kind, format, id, salt, record, personal];

/** The columns of `journal` that an act is made of. */
export const ACT_COLUMNS = `"seq", ${columnList(written)}`;

export const storedAct = (row: RawRow): StoredAct => ({
  position: Number(row.seq),
  kind: String(row.kind),
  format: Number(row.format),
  id: String(row.id),
  salt: row.salt === null ? null : String(row.salt),
  record: String(row.record),
  personal: String(row.personal),
});

/** @throws SyntaxError where its texts are no record */
export const recordedAct = ({ format, id, kind, personal, position, record, salt }: StoredAct): RecordedAct => {
  const whole = kind === "DECISION" ? wholeDecision : wholeRecord;
  return { position, kind, format, id, record: whole(record, personal, salt === null) } as RecordedAct;
};

/**
 * Puts an act on record in the transaction of what it records, as the last thing of it: other acts wait from here until
 * the commit. The same act again, by its id, is a unique violation.
 */
export type PutOnRecord = (run: RunSql, act: Act) => Promise<void>;

/**
 * Marks a proposal as applied, in the transaction of what it does, and puts that on record.
 * @throws ScopewardenError CONFLICT when it is not approved under this digest, or its time is over: then nothing is done
 */
export type CloseProposal = (run: RunSql, carriedOut: CarriedOut, revision: number | null) => Promise<void>;

/**
 * Takes a step of an access request, in the transaction of the policy's revision that gives the access or takes it back, and puts
 * that on record.
 * @throws ScopewardenError CONFLICT when the request does not wait for the step, or its time is over: then nothing is done
 */
export type GiveAccess = (run: RunSql, given: AccessGiven, revision: number) => Promise<void>;

export function createPutOnRecord(deps: { readonly dialect: Dialect; readonly newSalt: () => string }): PutOnRecord {
  const { takeTurn } = journalSql(deps.dialect);
  const values = written.map(() => "?").join(", ");
  const insert = withParameters(deps.dialect, `INSERT INTO journal (${columnList(written)}) VALUES (${values})`);
  return async (run, act) => {
    const parts = partsOf(act);
    if (takeTurn !== null) await run(takeTurn);
    await run(insert, [act.kind, KINDS[act.kind].format, act.id, deps.newSalt(), parts.record, parts.personal]);
  };
}

/** Text that is parsed between two turns of the event loop, in characters: a record may have 64 KiB. */
const SLICE = 64 * 1024;
/** Rows of one statement where the loop is given turns. */
const PART = 64;

interface ActsRead {
  readonly after: number;
  readonly until?: number;
  readonly first: number;
  readonly kinds?: readonly ActKind[];
}

/**
 * The acts after a position up to and with another, of these kinds or of every one, in their order; at most `first`. With `giveWay`
 * they are read and parsed in slices: what is long then keeps nobody waiting.
 */
export async function readActs(
  database: ({ readonly run: RunSql } | { readonly select: SelectRows }) & { readonly dialect: Dialect },
  { after, first, giveWay, kinds, until }: ActsRead & { readonly giveWay?: Breathe },
): Promise<readonly RecordedAct[]> {
  const ofKinds = kinds === undefined ? "" : ` AND "kind" IN (${kinds.map(() => "?").join(", ")})`;
  const sql = `SELECT ${ACT_COLUMNS} FROM journal
    WHERE "seq" > ? AND "seq" <= ?${ofKinds} ORDER BY "seq" LIMIT ?`;
  const statement = withParameters(database.dialect, sql);
  const most = giveWay === undefined ? first : PART;
  const acts: RecordedAct[] = [];
  for (let last = after; acts.length < first; ) {
    const limit = Math.min(most, first - acts.length);
    const parameters = [last, until ?? Number.MAX_SAFE_INTEGER, ...(kinds ?? []), limit];
    const rows =
      "select" in database
        ? await database.select(statement, parameters)
        : (await database.run(statement, parameters)).rows;
    let parsed = 0;
    for (const row of rows) {
      const [open, own] = [String(row.record), String(row.personal)];
      parsed += open.length + own.length;
      if (giveWay !== undefined && parsed > SLICE) {
        await giveWay();
        parsed = open.length + own.length;
      }
      last = Number(row.seq);
      acts.push(recordedAct(storedAct(row)));
    }
    if (rows.length < limit) break;
  }
  return acts;
}

function batchAct(row: RawRow): BatchAct {
  const stored = storedAct(row);
  let recorded: RecordedAct | null = null;
  return {
    kind: stored.kind as RecordedAct["kind"],
    position: stored.position,
    stored,
    recorded: () => (recorded ??= recordedAct(stored)),
  };
}

/** The acts after a position, so many at most, for those who take the journal. */
export async function readForBatch(
  { dialect, select }: { readonly select: SelectRows; readonly dialect: Dialect },
  { after, most }: { readonly after: number; readonly most: number },
): Promise<readonly BatchAct[]> {
  const sql = `SELECT ${ACT_COLUMNS} FROM journal WHERE "seq" > ? ORDER BY "seq" LIMIT ?`;
  return (await select(withParameters(dialect, sql), [after, most])).map(batchAct);
}
