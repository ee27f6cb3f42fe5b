import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow, StorageLog } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import type { Writer } from "../database/writer.ts";
import type { Consumer } from "../journal/consumer.ts";
import type { DamagedMonth } from "../journal/search/monthDamage.ts";
import { MOST_UNINDEXED } from "../journal/search/searchIndex.ts";
import type { DetectorFailures } from "../monitoring/detectorFailures.ts";
import type { ConsumerState } from "./followLoop.ts";

/** One that has not moved for so long though acts wait stands still: readiness says so. */
const STANDS_STILL_MS = 5_000;
export const standsStill = ({ stillMs }: Pick<FollowerStatus, "stillMs">): boolean => stillMs >= STANDS_STILL_MS;

/** Of each that is so far behind that answers about the record are refused, a sentence: readiness warns of it. */
export const behindTexts = (states: readonly FollowerStatus[]): readonly string[] =>
  states
    .filter(({ lag }) => lag > MOST_UNINDEXED)
    .map(
      ({ lag, name }) =>
        `${name} is ${lag} acts behind the journal. Decisions go on; answers that need it may be refused or late.`,
    );

export interface FollowerStatus extends ConsumerState {
  /** Milliseconds for which it has not moved though acts wait; 0: none waits. */
  readonly stillMs: number;
}

/** Who follows the journal for this service, in whichever process. */
export interface Followers {
  status(): readonly FollowerStatus[];
  /** Months of the search index that are damaged, and are made again. */
  damaged(): readonly DamagedMonth[];
  close(): Promise<void>;
}

/** Follows the journal elsewhere, in a process of its own, which says what it has to say to these. */
export type FollowApart = (service: {
  /** Of the consumers. */
  readonly names: readonly string[];
  readonly log: StorageLog;
  readonly failed: DetectorFailures["note"];
  /** Where they stand as the database knows it: for while that process says nothing. */
  readonly look: LookAtPositions;
}) => Followers;

export type LookAtPositions = () => Promise<ReadonlyMap<string, Pick<ConsumerState, "position" | "lag">>>;

export function createLookAtPositions(
  read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>,
): LookAtPositions {
  const LOOK = `SELECT "name", "position", (SELECT MAX("seq") FROM journal) AS "end" FROM journal_follower`;
  return async () =>
    new Map(
      (await read(LOOK, [])).map(({ end, name, position }) => {
        const lag = Math.max(0, Number(end ?? 0) - Number(position));
        return [String(name), { position: Number(position), lag }];
      }),
    );
}

/** Adds to states since when they stand though acts wait, as it is asked again and again. */
export function createStanding(): (states: readonly ConsumerState[]) => readonly FollowerStatus[] {
  const standing = new Map<string, { readonly position: number; readonly since: number }>();
  return (states) =>
    states.map((state) => {
      const { lag, name, position } = state;
      const now = performance.now();
      const known = standing.get(name);
      const since = lag > 0 && known?.position === position ? known.since : now;
      standing.set(name, { position, since });
      return { ...state, stillMs: now - since };
    });
}

/** Gives a consumer its row, where it has none yet. */
export async function addConsumer(
  { dialect, writer }: { readonly dialect: Dialect; readonly writer: Pick<Writer, "write"> },
  { beginsAtEnd, name }: Consumer,
): Promise<void> {
  const position = beginsAtEnd ? '(SELECT COALESCE(MAX("seq"), 0) FROM journal)' : "0";
  // A row that is there is left alone: somebody may be stopped in a transaction that has changed it.
  const sql = `INSERT INTO journal_follower ("name", "position") SELECT ?, ${position}
    WHERE NOT EXISTS (SELECT 1 FROM journal_follower WHERE "name" = ?) ON CONFLICT DO NOTHING`;
  await writer.write(({ run }) => run(withParameters(dialect, sql), [name, name]));
}

/** Between two looks at a consumer that is waited for. */
const LOOK_EVERY_MS = 10;
/** How long an answer waits for it. */
const ANSWER_WAITS_MS = 2_000;
/** A work that needs all of it is given up when the consumer has not moved for so long. */
const WORK_WAITS_MS = 15_000;

/**
 * Waits until a consumer has all that was on record when this was called: for `answer` two seconds in all, for `work` as long as it gets on.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE that says how many acts it is behind
 */
export type UntilTaken = (name: string, what: string, waits?: "answer" | "work") => Promise<void>;

export function createUntilTaken({
  answerWaitsMs = ANSWER_WAITS_MS,
  dialect,
  read,
}: {
  /** For tests: a work waits no less than an answer. */
  readonly answerWaitsMs?: number | undefined;
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
}): UntilTaken {
  const LOOK = withParameters(
    dialect,
    `SELECT "position", (SELECT MAX("seq") FROM journal) AS "end" FROM journal_follower WHERE "name" = ?`,
  );
  return async (name, what, waits = "answer") => {
    const most = waits === "work" ? Math.max(WORK_WAITS_MS, answerWaitsMs) : answerWaitsMs;
    let wanted: number | null = null;
    let since = performance.now();
    let before = -1;
    for (;;) {
      const [row] = await read(LOOK, [name]).catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      );
      const [position, end] = [Number(row?.position ?? 0), Number(row?.end ?? 0)];
      wanted ??= end;
      // A server that has failed over may have lost its last acts.
      const missing = Math.min(wanted, end) - position;
      if (row === undefined || missing <= 0) return;
      if (waits === "work" && position !== before) since = performance.now();
      before = position;
      if (performance.now() - since > most)
        throw new ScopewardenError(
          "JOURNAL_UNAVAILABLE",
          `${what} is ${missing} acts behind the record, and an answer would leave them out. Ask again.`,
        );
      await delay(LOOK_EVERY_MS);
    }
  };
}
