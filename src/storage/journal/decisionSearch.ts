import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { Breathe, MonotonicClock } from "../../domain/kernel/ports.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { countAddresses } from "./decisionAddresses.ts";
import { conditionsOf, newestOf, type Span } from "./decisionConditions.ts";
import { decisionIndex } from "./decisionIndex.ts";
import { newestOfOne, soughtKey } from "./decisionKeys.ts";
import { type AskSets, type Blocks, commonSets, facetConditions } from "./facetSets.ts";
import { areFew, blocksThatMayHave, bloomShape, type SoughtKey } from "./keyBlooms.ts";
import { hasBit, offsetsDown } from "./positionSets.ts";
import { unindexedDecisions } from "./unindexedDecisions.ts";

/** Blocks whose rows of the index one statement looks through, where it looks through them. */
const LOOKED_THROUGH = 2;
/** Positions of one patient or one resource that are compared with sets at once, at first and at most, and blocks in which they are looked up at once. */
const FIRST_OF_ONE = 500;
const MOST_OF_ONE = 2_000;
const BLOCKS_OF_ONE = 512;
/** Blocks whose sets are read at once: few at first, as mostly the newest have enough; and sets at most. */
const FIRST_BLOCKS = 4;
const MOST_BLOCKS = 256;
const MOST_SETS = 512;
/** Blocks in which one statement looks for those that have sets. */
const BLOCKS_OF_SETS = 4_096;
/** Addresses of a network of which each has its own sets: of one with more, each decision's own address is looked up. */
const MOST_ADDRESSES = 1_000;
/** Sets of addresses that one statement reads, nearly all of a few positions: taking them over keeps decisions waiting. */
const MOST_ADDRESS_SETS = 4_000;
/** Positions that are read from the journal itself, and of these at once: to index a few takes longer than to look through them. */
const MOST_UNINDEXED = 2_000;
const READ_AT_ONCE = 512;
/** At one moment: what is sealed and indexed meanwhile must be neither left out nor found twice. */
const ENDS = `SELECT f."position" AS "indexed", (SELECT MAX("seq") FROM journal) AS "end",
  (SELECT MAX("block") + 1 FROM decision_block) AS "blocks" FROM journal_follower AS f WHERE f."name" = '${decisionIndex.name}'`;

/** Where a search begins, where the index ends, and where what is sealed: each at or after the next. */
interface Ends {
  readonly until: number;
  readonly indexedUntil: number;
  readonly sealedUntil: number;
  /** How many there are, wherever the search begins. */
  readonly blocks: number;
}

/** How long a search goes on for one page: with its last part and the reading of what was found, a page takes some 50 ms. */
const SEARCH_MS = 30;

/** A part of a search: what it found, newest first, and down to which position, that one not included, all is found. */
interface Part {
  readonly positions: readonly number[];
  readonly down: number;
}

export interface Found {
  /** Newest first. */
  readonly positions: readonly number[];
  /** Where the time was up: positions up to this one have not been looked at. Null: all that was asked for is there. */
  readonly left: number | null;
}

/**
 * Finds the newest decisions of a filter. What is sealed (decisionBlocks.ts) is found by sets, block by block; what names one patient or
 * one resource by the keys of each block (decisionKeys.ts), compared with sets; what is not sealed yet, and a block in which a window ends,
 * is looked through; what is not even indexed is read from the journal (unindexedDecisions.ts).
 * Goes on until it has `most`, the end of the journal, or its time is up: after one part at least, so that whoever asks again gets on.
 */
export function createDecisionSearch({
  rows,
  dialect,
  giveWay,
  blockSize: size,
  untilIndexed,
  now,
}: {
  /** `?` is a parameter. */
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  readonly giveWay: Breathe;
  readonly blockSize: number;
  /** Ends when the index has all that the journal had; asked for what is before a position, at least all before that. */
  readonly untilIndexed: (before: number | null) => Promise<void>;
  readonly now: MonotonicClock;
}) {
  async function ask([sql, parameters]: Statement): Promise<readonly RawRow[]> {
    await giveWay();
    return rows(sql, parameters);
  }
  async function addressesOf(network: string): Promise<number> {
    const [row] = await ask(countAddresses(network, MOST_ADDRESSES + 1));
    return Number(row?.n);
  }
  const asking: AskSets = { ask, dialect, size };
  const blockOf = (position: number): number => Math.floor((position - 1) / size);

  async function once(
    filter: DecisionFilter,
    { blocks: sealedBlocks, indexedUntil, sealedUntil, until }: Ends,
    { isTimeUp, most }: { readonly isTimeUp: () => boolean; readonly most: number },
  ): Promise<Found> {
    const { network, ...others } = filter;
    const addresses = network === undefined ? 0 : await addressesOf(network);
    const hasMany = addresses > MOST_ADDRESSES;
    const conditions = conditionsOf(filter, dialect, { hasMany });
    const facets = facetConditions(hasMany ? others : filter);
    const hasFacets = facets.values.length > 0 || facets.network !== null;
    const mostBlocks = Math.floor(
      Math.min(
        MOST_BLOCKS,
        MOST_SETS / Math.max(1, facets.values.length),
        hasMany || addresses === 0 ? MOST_BLOCKS : MOST_ADDRESS_SETS / addresses,
      ),
    );
    const key = soughtKey(filter);
    const window = { from: filter.from ?? Number.MIN_SAFE_INTEGER, to: filter.to ?? Number.MAX_SAFE_INTEGER };
    const hasWindow = filter.from !== undefined || filter.to !== undefined;
    const found: number[] = [];

    /** The newest of a span, and from which position on they are all. */
    async function newest(
      span: Span,
      count: number,
      statements: readonly Statement[] = newestOf(conditions, span, count),
    ): Promise<Part> {
      let down = span.after;
      const positions: number[] = [];
      for (const statement of statements) {
        const part = (await ask(statement)).map(({ seq }) => Number(seq));
        positions.push(...part);
        if (part.length === count) down = Math.max(down, (part.at(-1) ?? 0) - 1);
      }
      return { positions: positions.filter((each) => each > down).sort((a, b) => b - a), down };
    }

    /** From the journal itself. */
    async function* unindexed({ after, until }: Span): AsyncGenerator<Part> {
      const { positionsIn, statement } = unindexedDecisions(filter, dialect);
      for (let top = until; top > after; ) {
        const down = Math.max(after, top - READ_AT_ONCE);
        yield { positions: positionsIn(await ask(statement({ after: down, until: top }))), down };
        top = down;
      }
    }

    /** By the conditions alone, so many positions at a time. */
    async function* lookedThrough({ after, until }: Span, step: number): AsyncGenerator<Part> {
      for (let top = until; top > after; ) {
        const part = await newest({ after: Math.max(after, top - step), until: top }, most - found.length);
        yield part;
        top = part.down;
      }
    }

    /** By the keys of a patient or a resource, each position compared with the sets of its block. */
    async function* ofOne(key: SoughtKey, { after, until }: Span): AsyncGenerator<Part> {
      const { from, patient, resourceId, to } = filter;
      const wide = hasMany ? { network } : {};
      const own = Object.entries({ from, patient, resourceId, to, ...wide }).filter(([, value]) => value !== undefined);
      const statementsOf = newestOfOne(key, Object.fromEntries(own), (those) =>
        conditionsOf(those, dialect, { hasMany }),
      );
      const bottom = blockOf(after + 1);
      // Mostly the newest have enough, and these have no filters side by side yet.
      const firstWithout = sealedBlocks - bloomShape(size).blocks;
      let atOnce = FIRST_OF_ONE;
      let may: readonly number[] | null = null;
      for (let top = until; top > after; ) {
        const highest = blockOf(top);
        if (highest < firstWithout)
          may ??= await blocksThatMayHave({ ask, dialect }, key, { highest, lowest: bottom, size });
        const blocks =
          may === null ? { lowest: Math.max(bottom, firstWithout), highest } : nextOf(may, { lowest: bottom, highest });
        const span = { after: Math.max(after, blocks.lowest * size), until: top };
        const count = hasFacets ? atOnce : most - found.length;
        const { down, positions } = await newest(span, count, statementsOf(span, blocks, count));
        yield { positions: hasFacets ? await amongSets(positions) : positions, down };
        top = down;
        atOnce = Math.min(atOnce * 2, MOST_OF_ONE);
      }
    }
    /** So many of the blocks that may have what is looked for, and down to which they are all. */
    function nextOf(may: readonly number[], { highest, lowest }: Blocks): Blocks {
      const among = may.filter((block) => block <= highest).slice(0, BLOCKS_OF_ONE);
      const down = among.length < BLOCKS_OF_ONE ? lowest : (among.at(-1) ?? lowest);
      const range = { lowest: down, highest };
      return areFew(among, range) ? { ...range, among } : range;
    }
    async function amongSets(positions: readonly number[]): Promise<readonly number[]> {
      const [highest, lowest] = [positions[0], positions.at(-1)];
      if (highest === undefined || lowest === undefined) return [];
      const all = [...new Set(positions.map(blockOf))];
      const sets = new Map<number, Uint8Array>();
      for (let at = 0; at < all.length; at += mostBlocks) {
        const among = all.slice(at, at + mostBlocks);
        const blocks = { lowest: blockOf(lowest), highest: blockOf(highest), among };
        const common = await commonSets(asking, facets, { blocks, most: mostBlocks });
        for (const [block, bits] of common.sets) sets.set(block, bits);
      }
      return positions.filter((position) => {
        const bits = sets.get(blockOf(position));
        return bits !== undefined && hasBit(bits, (position - 1) % size);
      });
    }

    /** By the sets alone. A block in which the window begins or ends is looked through where its sets have something in common. */
    async function* inBlocks({ after, until }: Span): AsyncGenerator<Part> {
      const lowest = blockOf(after + 1);
      let count = Math.min(FIRST_BLOCKS, mostBlocks);
      let [looked, had] = [0, 0];
      for (let top = blockOf(until); top >= lowest; ) {
        const blocks = { lowest: Math.max(lowest, top - BLOCKS_OF_SETS + 1), highest: top };
        const { down, sets } = await commonSets(asking, facets, { blocks, most: count });
        const whole = hasWindow && sets.size > 0 ? await wholeBlocks([...sets.keys()]) : null;
        for (const [block, bits] of sets) {
          const span = { after: Math.max(after, block * size), until: Math.min(until, (block + 1) * size) };
          const part =
            !hasMany && (whole === null || whole.has(block))
              ? { positions: positionsIn(bits, span), down: span.after }
              : await newest(span, most - found.length);
          had += part.positions.length;
          yield part;
        }
        yield { positions: [], down: Math.max(after, down * size) };
        top = down - 1;
        looked += count;
        // As many as should have the rest, and always more: those of before may have been the last.
        const wanted = had === 0 ? MOST_BLOCKS : Math.ceil(((most - found.length) * looked) / had);
        count = Math.min(Math.max(wanted, looked), mostBlocks);
      }
    }
    function positionsIn(bits: Uint8Array, { after, until }: Span): readonly number[] {
      const first = blockOf(until) * size + 1;
      const positions: number[] = [];
      for (const offset of offsetsDown(bits)) {
        const position = first + offset;
        if (position <= after || positions.length === most - found.length) break;
        if (position <= until) positions.push(position);
      }
      return positions;
    }
    /** Of some blocks those whose decisions were all made in the window. */
    async function wholeBlocks(blocks: readonly number[]): Promise<ReadonlySet<number>> {
      const sql = `SELECT "block" FROM decision_block WHERE "first_at" >= ? AND "last_at" < ? AND "block" IN (${blocks.map(() => "?").join(", ")})`;
      return new Set((await ask([sql, [window.from, window.to, ...blocks]])).map(({ block }) => Number(block)));
    }
    /** What of a span the window leaves, as far as blocks tell. */
    async function inWindow({ after, until }: Span): Promise<Span | null> {
      if (!hasWindow) return { after, until };
      const sql = `SELECT MIN("block") AS "lowest", MAX("block") AS "highest" FROM decision_block
        WHERE "block" <= ? AND "first_at" < ? AND "last_at" >= ?`;
      const [row] = await ask([sql, [blockOf(until), window.to, window.from]]);
      if (row?.lowest === null || row === undefined) return null;
      return { after: Number(row.lowest) * size, until: Math.min(until, (Number(row.highest) + 1) * size) };
    }

    async function* parts(): AsyncGenerator<Part> {
      yield* unindexed({ after: indexedUntil, until });
      yield* lookedThrough({ after: sealedUntil, until: indexedUntil }, LOOKED_THROUGH * size);
      const span = await inWindow({ after: 0, until: sealedUntil });
      if (span === null) return;
      yield* key !== null ? ofOne(key, span) : hasFacets ? inBlocks(span) : lookedThrough(span, LOOKED_THROUGH * size);
    }

    // They are few: a page ends in the midst of them only where the index could not be waited for.
    const isWhole = until - indexedUntil <= MOST_UNINDEXED;
    for await (const { down, positions } of parts()) {
      found.push(...positions);
      if (found.length >= most) return { positions: found.slice(0, most), left: null };
      if (isWhole && until > indexedUntil && down >= indexedUntil) continue;
      if (down > 0 && isTimeUp()) return { positions: found, left: down };
    }
    return { positions: found, left: null };
  }

  async function ends(after: number | null): Promise<Ends> {
    const [row] = await ask([ENDS, []]);
    const until = Math.min(Number(row?.end ?? 0), after === null ? Number.POSITIVE_INFINITY : after - 1);
    const indexedUntil = Math.min(until, Number(row?.indexed ?? 0));
    const blocks = Number(row?.blocks ?? 0);
    return { until, indexedUntil, sealedUntil: Math.min(indexedUntil, blocks * size), blocks };
  }

  /** @throws ScopewardenError JOURNAL_UNAVAILABLE where more is not indexed than is looked through, and can't be. */
  return async function search(
    filter: DecisionFilter,
    { after, most }: { readonly after: number | null; readonly most: number },
  ): Promise<Found> {
    let found = await ends(after);
    if (found.until - found.indexedUntil > MOST_UNINDEXED) {
      await untilIndexed(after);
      found = await ends(after);
    }
    const since = now();
    return once(filter, found, { most, isTimeUp: () => now() - since >= SEARCH_MS });
  };
}
