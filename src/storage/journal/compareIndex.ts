import { hash, randomBytes } from "node:crypto";
import type { DataSource } from "typeorm";
import { monthOf } from "../../domain/record/archive/months.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { decisionRow } from "./decisionIndex.ts";
import { decodeDecision, RECORD_COLUMNS } from "./decisionRow.ts";
import { compareDerived } from "./derived/compareDerived.ts";
import type { DerivedDifference } from "./derived/difference.ts";
import { INDEX_COLUMNS, indexColumns } from "./journalTables.ts";
import { type IndexedDecision, indexedDecision } from "./search/indexedDecision.ts";
import { type DamagedMonth, MonthDamaged, ofMonth } from "./search/monthDamage.ts";
import { monthTables } from "./search/monthTables.ts";
import { DECISION_INDEX } from "./search/searchIndex.ts";
import { MONTHS_SQL, monthsOf, STATE_OF_MONTHS } from "./search/searchMonths.ts";
import { SECRET_SQL, tokensOf } from "./search/tokens.ts";

/** In what the index by which decisions are searched differs from the record, of one month. */
export interface IndexDifference {
  /** By when the decisions were made, in UTC, as `2026-03`; null: at no time that there is. */
  readonly month: string | null;
  /** How many decisions the index has otherwise than the record, or not at all, or beside it: of row or of tokens. */
  readonly decisions: number;
  /** Where the first of them stands in the journal. */
  readonly position: number;
}

export interface IndexComparison {
  /** In the order of their first positions. None: it says what the record says. */
  readonly differences: readonly IndexDifference[];
  /** Months whose tables the database itself says are damaged: by what their decisions are found was not compared. */
  readonly damaged: readonly DamagedMonth[];
  /** In what narrows a search, counts and follows differs from what the record makes of it. None: in nothing. */
  readonly derived: readonly DerivedDifference[];
  /** How many decisions the index has not taken yet; they were not compared. */
  readonly behind: number;
}

/** Acts of one statement, and of one part, whose digests are in memory. */
const READ_AT_ONCE = 1_000;
const PART = 250_000;
const ACTS = `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'DECISION' ORDER BY "seq" LIMIT ${READ_AT_ONCE}`;
const FROM_START = Number.MIN_SAFE_INTEGER;
/** Digests are added up below this. */
const MODULUS = 2 ** 52;

/** What is known of one position: when it was decided, and digests of its row and of its tokens. */
interface Place {
  at: number | null;
  row: string | null;
  kept: string | null;
  tokens: number;
  found: number;
}

/** What the database says of a table that it finds damaged; null: it was read. */
const findingOf = (read: () => Promise<void>): Promise<string | null> =>
  read().then(
    () => null,
    (error: unknown) => {
      if (error instanceof MonthDamaged) return error.finding;
      throw error;
    },
  );

/**
 * Compares the index of decisions, its rows and its tokens, with the record, as far as the index has taken it, in parts; beside a service too.
 * Tokens are added up under a key of this run, which whoever changed the index can't have known. `end`: the last position of the journal that
 * counts. Rejects where the index was made anew, or something of it erased, meanwhile.
 */
export async function compareIndex({
  dialect,
  end,
  progress,
  source,
}: {
  readonly source: DataSource;
  readonly dialect: Dialect;
  readonly end: number;
  /** Is told up to which position it is compared. */
  readonly progress: (position: number) => void;
}): Promise<IndexComparison> {
  const query = (sql: string, ...parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]);
  const only = async (sql: string, ...parameters: readonly unknown[]): Promise<number> =>
    Number((await query(sql, ...parameters))[0]?.n ?? 0);
  const tables = monthTables(dialect);
  const key = randomBytes(16).toString("hex");
  const digestOf = (token: string): number => Number.parseInt(hash("sha256", key + token, "hex").slice(0, 13), 16);
  const changes = async (): Promise<string> =>
    JSON.stringify([
      await query(STATE_OF_MONTHS),
      await query('SELECT MAX("erased_to") AS "erased" FROM search_month'),
    ]);
  const before = await changes();
  const [known] = await query(SECRET_SQL);
  const taken = Math.min(
    end,
    await only('SELECT "position" AS "n" FROM journal_follower WHERE "name" = ?', DECISION_INDEX),
  );
  const damaged = new Map<number, DamagedMonth>();
  const derived = await compareDerived({ source, dialect });
  const differing = new Map<string | null, { decisions: number; readonly position: number }>();

  const texts = (row: readonly unknown[]): string =>
    JSON.stringify(row.map((value) => (value === null || value === undefined ? null : String(value))));
  const isErased = (row: RawRow): unknown => Number(Boolean(row.erased));
  const keptOf = (row: RawRow): string =>
    texts([row.seq, ...Object.values(indexColumns).map(({ name }) => (name === "erased" ? isErased(row) : row[name]))]);
  const wantedOf = (decision: IndexedDecision): string =>
    texts(decisionRow(decision).map((value) => (typeof value === "boolean" ? Number(value) : value)));

  async function readPart(after: number, until: number): Promise<ReadonlyMap<number, Place>> {
    const places = new Map<number, Place>();
    const placeOf = (position: number): Place => {
      const place = places.get(position) ?? { at: null, row: null, kept: null, tokens: 0, found: 0 };
      places.set(position, place);
      return place;
    };
    for (let last = after; ; ) {
      const rows = await query(ACTS, last, until);
      const decisions = rows.map((row) => indexedDecision(decodeDecision(row), Number(row.seq)));
      await derived.take(decisions);
      for (const decision of decisions) {
        last = decision.seq;
        const place = placeOf(last);
        place.at = decision.decidedAt;
        place.row = wantedOf(decision);
        for (const token of tokensOf(String(known?.value), decision))
          place.tokens = (place.tokens + digestOf(token)) % MODULUS;
      }
      if (rows.length < READ_AT_ONCE) break;
    }
    const index = `SELECT ${INDEX_COLUMNS} FROM decision_index WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ${READ_AT_ONCE}`;
    for (let last = after; ; ) {
      const rows = await query(index, last, until);
      for (const row of rows) {
        last = Number(row.seq);
        const place = placeOf(last);
        place.kept = keptOf(row);
        place.at ??= Number(row.decided_at);
      }
      if (rows.length < READ_AT_ONCE) break;
    }
    // The lowest month has what is before it, too, where somebody put it.
    for (const { damage, first, id, last, month } of monthsOf(await query(MONTHS_SQL))) {
      const span = { after: Math.max(after, first - 1), until: Math.min(until, last) };
      if (span.after >= span.until || !derived.tables.has(id)) continue;
      let digests: readonly [token: string, digest: number] = ["", 0];
      const read = async (): Promise<void> => {
        for await (const [position, tokens] of tables.all(source, id, span))
          for (const token of tokens) {
            if (digests[0] !== token) digests = [token, digestOf(token)];
            const place = placeOf(position);
            place.found = (place.found + digests[1]) % MODULUS;
          }
      };
      const finding = damage ?? (await findingOf(() => ofMonth(id, read)));
      if (finding === null) continue;
      damaged.set(id, { id, month, finding });
      for (const [position, place] of places)
        if (position > span.after && position <= span.until) place.found = place.tokens;
    }
    return places;
  }

  async function comparePart(after: number, until: number): Promise<void> {
    for (const [position, { at, found, kept, row, tokens }] of [...(await readPart(after, until))].sort(
      ([a], [b]) => a - b,
    )) {
      if (row === kept && tokens === found) continue;
      const month = monthOf(Number(at ?? Number.NaN));
      const other = differing.get(month);
      if (other === undefined) differing.set(month, { decisions: 1, position });
      else other.decisions++;
    }
  }

  /** What was taken after this began, and is in the copies of what is compared besides. */
  async function takeNewer(): Promise<void> {
    for (let last = taken; last < derived.position; ) {
      const rows = await query(ACTS, last, derived.position);
      await derived.take(rows.map((row) => indexedDecision(decodeDecision(row), Number(row.seq))));
      last = rows.length < READ_AT_ONCE ? derived.position : Number(rows.at(-1)?.seq);
    }
  }

  const partEnd = `SELECT MAX("seq") AS "n" FROM (SELECT "seq" FROM journal WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ${PART}) AS part`;
  try {
    for (let after = FROM_START; after < taken; ) {
      const next = await only(partEnd, after, taken);
      // Behind the last act there may be rows of the index all the same.
      const until = next > after ? next : taken;
      await comparePart(after, until);
      progress(until);
      after = until;
    }
    await takeNewer();
    const behind = await only(
      `SELECT COUNT(*) AS "n" FROM journal WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'DECISION'`,
      ...[taken, end],
    );
    const differences = [...differing].map(([month, found]) => ({ month, ...found }));
    const derivedDifferences = await derived.differences();
    if ((await changes()) !== before)
      throw new Error("The search index was made anew, or something was erased, while it was compared. Verify again.");
    return { damaged: [...damaged.values()], differences, derived: derivedDifferences, behind };
  } finally {
    await derived.close();
  }
}
