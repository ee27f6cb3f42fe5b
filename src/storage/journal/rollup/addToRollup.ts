import { hash } from "node:crypto";
import type { Statement } from "../../database/connection.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";
import { jsonRows } from "../../database/jsonRows.ts";
import type { Batch, ReadBatch } from "../consumer.ts";
import { type Addition, bucketOf } from "./additions.ts";
import { type DimensionName, dimensionOf, GRAINS, type Key } from "./dimensions.ts";

/** A key as the tables have it. */
interface Place {
  readonly dimension: DimensionName;
  /** When it begins, if that is now: the day's number; 0 where it counts in no day. */
  readonly day: number;
  readonly key: string;
  /** By which it is found: PostgreSQL's indexes take no text as long as a key may be. */
  readonly digest: string;
}

/** By which a key is found. */
export const keyDigest = (dimension: DimensionName, key: string): string =>
  hash("sha256", `${dimension}${key}`).slice(0, 32);

const placeOf = (dimension: DimensionName, key: Key, day: number): Place => {
  const text = JSON.stringify(key);
  return { dimension, day, key: text, digest: keyDigest(dimension, text) };
};

/** By what comes first, so that the same acts begin a key in the same day whatever batch they come in. */
const dayOf = ({ dimension, first }: Addition): number =>
  dimensionOf(dimension).grains.some((grain) => grain !== "EVER") ? bucketOf(first, "DAY") : 0;

function statementsOf(dialect: Dialect) {
  const { integer, rows, text } = jsonRows(dialect);
  const sql = (statement: string): string => withParameters(dialect, statement);
  return {
    find: sql(`SELECT k."digest" FROM ${rows} CROSS JOIN rollup_key AS k WHERE k."digest" = ${text(0)}`),
    begun: sql('SELECT COUNT(*) AS "n" FROM rollup_key WHERE "dimension" = ? AND "day" = ?'),
    // SQLite takes ON after a plain FROM for the condition of a join.
    addKeys: sql(`INSERT INTO rollup_key ("digest", "dimension", "day", "key", "last_at")
      SELECT ${text(0)}, ${integer(1)}, ${integer(2)}, ${text(3)}, ${integer(4)} FROM ${rows} WHERE TRUE
      ON CONFLICT ("digest") DO UPDATE SET "last_at" = excluded."last_at" WHERE excluded."last_at" > rollup_key."last_at"`),
    add: sql(`INSERT INTO rollup ("dimension", "grain", "bucket", "key", "n")
      SELECT k."dimension", ${integer(1)}, ${integer(2)}, k."id", ${integer(3)} FROM ${rows} CROSS JOIN rollup_key AS k
        WHERE k."digest" = ${text(0)}
      ON CONFLICT ("dimension", "grain", "bucket", "key") DO UPDATE SET "n" = rollup."n" + excluded."n"`),
  };
}

/** Under which key each addition counts, and which of these are new. */
async function placesOf(
  { dialect, select }: Pick<ReadBatch, "dialect" | "select">,
  additions: readonly Addition[],
): Promise<{ readonly places: readonly Place[]; readonly fresh: ReadonlySet<string> }> {
  const sql = statementsOf(dialect);
  const there = new Set<string>();
  const fresh = new Set<string>();
  const learn = async (places: readonly Place[]): Promise<void> => {
    for (const { digest } of await select(sql.find, [JSON.stringify(places.map((place) => [place.digest]))]))
      there.add(String(digest));
  };
  const begun = new Map<string, number>();
  async function begins({ day, dimension }: Place, most: number): Promise<boolean> {
    const of = `${dimension} ${day}`;
    const n = begun.get(of) ?? Number((await select(sql.begun, [dimensionOf(dimension).id, day]))[0]?.n);
    begun.set(of, n < most ? n + 1 : n);
    return n < most;
  }
  const own = additions.map((addition) => placeOf(addition.dimension, addition.key, dayOf(addition)));
  await learn(own);
  const places: Place[] = [];
  for (const [i, { dimension, key }] of additions.entries()) {
    const { bound } = dimensionOf(dimension);
    let place = own[i] as Place;
    const isKnown = (): boolean => there.has(place.digest) || fresh.has(place.digest);
    for (const [n, fold] of bound?.folds.entries() ?? []) {
      if (isKnown() || (await begins(place, (bound?.keys ?? 0) * (n + 1)))) break;
      place = placeOf(dimension, fold(key), place.day);
      if (!isKnown()) await learn([place]);
    }
    if (!isKnown()) fresh.add(place.digest);
    places.push(place);
  }
  return { places, fresh };
}

/** What writes additions, all in one transaction: what was read for it must not have changed by then. */
export async function rollupStatements(
  batch: Pick<ReadBatch, "dialect" | "select">,
  additions: readonly Addition[],
): Promise<readonly Statement[]> {
  if (additions.length === 0) return [];
  const { fresh, places } = await placesOf(batch, additions);
  const keys = new Map<string, { readonly place: Place; last: number | null }>();
  const counts = new Map<string, [digest: string, grain: number, bucket: number, n: number]>();
  for (const [i, { counts: added, dimension, last }] of additions.entries()) {
    const place = places[i] as Place;
    const { keepsLast } = dimensionOf(dimension);
    const { digest } = place;
    if (fresh.has(digest) || keepsLast) {
      const known = keys.get(digest)?.last ?? 0;
      keys.set(digest, { place, last: keepsLast ? Math.max(known, last) : null });
    }
    for (const [grain, bucket, n] of added) {
      const at = `${digest} ${grain} ${bucket}`;
      const sum = counts.get(at) ?? [digest, GRAINS[grain].id, bucket, 0];
      sum[3] += n;
      counts.set(at, sum);
    }
  }
  const sql = statementsOf(batch.dialect);
  const begun = [...keys].map(([digest, { last, place }]) => [
    digest,
    dimensionOf(place.dimension).id,
    place.day,
    place.key,
    last,
  ]);
  return [
    ...(begun.length === 0 ? [] : [[sql.addKeys, [JSON.stringify(begun)]] as const]),
    [sql.add, [JSON.stringify([...counts.values()])]],
  ];
}

/** Adds in the transaction of a follower's step. */
export async function addToRollup(
  batch: Pick<Batch, "change" | "dialect" | "select">,
  additions: readonly Addition[],
): Promise<void> {
  for (const [sql, parameters] of await rollupStatements(batch, additions)) await batch.change(sql, parameters);
}
