import { setImmediate as nextTurn } from "node:timers/promises";
import { type Alert, actOf } from "../../domain/monitoring/alerts/alert.ts";
import type { Detector, DetectorCode, WatchedEntity } from "../../domain/monitoring/detectors/detector.ts";
import { type ActiveDetector, activeDetectors } from "../../domain/monitoring/detectors/detectorSetting.ts";
import {
  BASELINE_MS,
  type BaselineName,
  baselineKey,
  baselinesOf,
  entityKey,
  type KeptBaseline,
  PERSONAL_KINDS,
} from "../../domain/monitoring/watch/baseline.ts";
import { type KeptFinding, toldOf } from "../../domain/monitoring/watch/keptFinding.ts";
import { type DetectorFailure, type Observed, observe } from "../../domain/monitoring/watch/observe.ts";
import { slicesOf } from "../../domain/monitoring/watch/slices.ts";
import { STORY_DAYS, type Story } from "../../domain/monitoring/watch/story.ts";
import { type Suppressed, tellStories } from "../../domain/monitoring/watch/tellStories.ts";
import type { WatchedDecision } from "../../domain/monitoring/watchedDecision.ts";
import { alertAct } from "../../domain/record/acts.ts";
import { columnList } from "../database/columns.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { insertRows, jsonRows, takingNew } from "../database/jsonRows.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import type { FollowerBatch } from "../journal/follower.ts";
import { watchedText } from "./watchedText.ts";
import {
  baselineColumns,
  baselineValues,
  findingColumns,
  findingValues,
  lifeColumns,
  settingColumns,
  settingOf,
  storyColumns,
  storyOf,
  storyValues,
  suppressionColumns,
  suppressionOf,
  watchedColumns,
} from "./watchTables.ts";

/**
 * Watches the decisions of a batch, in the order of the journal, in the transaction of the follower that gives them: what it writes is
 * committed together with the follower's position, or not at all. The last thing that it writes are acts on record.
 */
export type TakeWatched = (batch: FollowerBatch, watched: readonly WatchedDecision[]) => Promise<void>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Decisions may come late: what is not used any more goes a week after it has ceased to count. */
const REMOVED_AFTER_MS = BASELINE_MS + 7 * DAY_MS;

const statementsOf = (dialect: Dialect) => {
  const { rows, text } = jsonRows(dialect);
  const sql = (statement: string): string => withParameters(dialect, statement);
  // Who would close an alert waits until what was just found stands in it, and the next finding sees that it was closed.
  const held = dialect.name === "postgres" ? " FOR UPDATE OF s" : "";
  const kinds = PERSONAL_KINDS.map((kind) => `'${kind}'`).join(", ");
  return {
    last: 'SELECT MAX("position") AS "position" FROM watched_decision',
    settings: `SELECT ${columnList(settingColumns)} FROM watch_detector`,
    baselines: sql(`SELECT b.* FROM ${rows} JOIN watch_baseline AS b
      ON b."detector" = ${text(0)} AND b."kind" = ${text(1)} AND b."entity" = ${text(2)}`),
    keepBaselines: insertRows(dialect, {
      table: "watch_baseline",
      columns: baselineColumns,
      conflict: `ON CONFLICT ("detector", "kind", "entity") DO UPDATE SET ${takingNew(baselineColumns.slice(3))}`,
    }),
    keepWatched: insertRows(dialect, { table: "watched_decision", columns: watchedColumns }),
    /** What is too old, but for alerts and what they rest on. */
    remove: [
      `DELETE FROM watch_baseline WHERE "used_at" < ? AND "kind" IN (${kinds})`,
      // The newest says how far the journal was watched.
      'DELETE FROM watched_decision WHERE "at" < ? AND "position" < (SELECT MAX("position") FROM watched_decision)',
      `DELETE FROM watch_finding WHERE "at" < ? AND NOT EXISTS
        (SELECT 1 FROM watch_story AS s WHERE s."id" = "story_id" AND s."opened_at" IS NOT NULL)`,
      'DELETE FROM watch_story WHERE "last_at" < ? AND "opened_at" IS NULL',
    ].map(sql),
    addFindings: insertRows(dialect, { table: "watch_finding", columns: findingColumns }),
    stories: sql(`SELECT ${[...storyColumns, ...lifeColumns].map(({ name }) => `s."${name}"`).join(", ")}
      FROM ${rows} JOIN watch_story AS s ON s."entity_kind" = ${text(0)} AND s."entity_id" = ${text(1)}
      WHERE s."first_at" > ? ORDER BY s."first_at", s."id"${held}`),
    keepStories: insertRows(dialect, {
      table: "watch_story",
      columns: storyColumns,
      conflict: `ON CONFLICT ("id") DO UPDATE SET ${takingNew(storyColumns.slice(3))}`,
    }),
    suppressions: sql(`SELECT ${suppressionColumns.map(({ name }) => `s."${name}"`).join(", ")}
      FROM ${rows} JOIN watch_suppression AS s ON s."entity_kind" = ${text(0)} AND s."entity_id" = ${text(1)}
      WHERE COALESCE(s."ended_at", s."until") > ?`),
  };
};
type Statements = ReturnType<typeof statementsOf>;

/** What is known of the entities of these decisions. */
async function knownBaselines(
  { run }: FollowerBatch,
  sql: Statements,
  [watched, detectors]: readonly [readonly WatchedDecision[], readonly ActiveDetector[]],
): Promise<ReadonlyMap<string, KeptBaseline>> {
  const names = baselinesOf(watched, detectors);
  if (names.length === 0) return new Map();
  const asked = names.map(({ detector, entity }) => [detector, entity.kind, entity.id]);
  const { rows } = await run(sql.baselines, [JSON.stringify(asked)]);
  return new Map(
    rows.map((row) => {
      const entity = { kind: row.kind as WatchedEntity["kind"], id: String(row.entity) };
      const kept = { baseline: JSON.parse(String(row.baseline)), usedAt: Number(row.used_at) };
      return [baselineKey({ detector: row.detector as Detector["code"], entity }), kept];
    }),
  );
}

/** As `observe` does it, with a turn for others between its slices: decisions are made meanwhile. */
async function observeAll(
  watched: readonly WatchedDecision[],
  detectors: readonly ActiveDetector[],
  before: ReadonlyMap<string, KeptBaseline>,
): Promise<Observed> {
  const changed = new Map<string, Observed["baselines"][number]>();
  const findings: KeptFinding[] = [];
  const failures: DetectorFailure[] = [];
  const known = (name: BaselineName): KeptBaseline | null =>
    changed.get(baselineKey(name)) ?? before.get(baselineKey(name)) ?? null;
  for (const slice of slicesOf(watched)) {
    const seen = observe({ decisions: slice, detectors, known });
    for (const each of seen.baselines) changed.set(baselineKey(each), each);
    findings.push(...seen.findings);
    failures.push(...seen.failures);
    await nextTurn();
  }
  return { baselines: [...changed.values()], findings, failures };
}

/** The stories and suppressions that may bear on findings. */
async function knownStories({ run }: FollowerBatch, sql: Statements, findings: readonly KeptFinding[]) {
  const entities = new Map(findings.map(toldOf).map((entity) => [entityKey(entity), entity]));
  const asked = JSON.stringify([...entities.values()].map(({ id, kind }) => [kind, id]));
  const first = findings.reduce((least, { at }) => Math.min(least, at), Number.MAX_SAFE_INTEGER);
  const stories = new Map<string, Story>();
  for (const row of (await run(sql.stories, [asked, first - STORY_DAYS * DAY_MS])).rows) {
    const story = storyOf(row);
    stories.set(entityKey(story.entity), story);
  }
  const suppressed = (await run(sql.suppressions, [asked, first])).rows.map(suppressionOf).map(
    ({ detector, ended, entity, from, until }): Suppressed => ({
      ...{ detector, entity, from },
      until: ended?.at ?? until,
    }),
  );
  return { stories, suppressed };
}

export function createTakeWatched({
  detectors: all,
  failed = () => {},
  putOnRecord,
}: {
  readonly detectors: readonly Detector[];
  /** Is told of each decision at which a detector threw. */
  readonly failed?: (detector: DetectorCode, error: unknown) => void;
  readonly putOnRecord: PutOnRecord;
}): TakeWatched {
  /** Of the newest decision when what is too old was last looked for: it need not be at every batch. */
  let removedAt = Number.NEGATIVE_INFINITY;
  return async (batch, decisions) => {
    if (decisions.length === 0) return;
    const { change, dialect, run } = batch;
    const sql = statementsOf(dialect);
    // What explains accesses can be made again from the beginning; what people have judged since can't.
    const last = Number((await run(sql.last)).rows[0]?.position ?? 0);
    const watched = decisions.filter(({ position }) => position > last);
    if (watched.length === 0) return;
    const detectors = activeDetectors(all, (await run(sql.settings)).rows.map(settingOf));
    const baselines = await knownBaselines(batch, sql, [watched, detectors]);
    const seen = await observeAll(watched, detectors, baselines);
    for (const { detector, error } of seen.failures) failed(detector, error);
    const kept = watched.map((each) => [each.position, each.at, watchedText(each)]);
    await change(sql.keepWatched, [JSON.stringify(kept)]);
    if (seen.baselines.length > 0)
      await change(sql.keepBaselines, [JSON.stringify(seen.baselines.map(baselineValues))]);
    const newest = watched.reduce((most, { at }) => Math.max(most, at), 0);
    if (newest - removedAt >= HOUR_MS) {
      for (const statement of sql.remove) await change(statement, [newest - REMOVED_AFTER_MS]);
      removedAt = newest;
    }
    if (seen.findings.length === 0) return;
    const { stories, suppressed } = await knownStories(batch, sql, seen.findings);
    const known = (entity: WatchedEntity) => stories.get(entityKey(entity)) ?? null;
    const told = tellStories({ detectors, findings: seen.findings, known, suppressed });
    await change(sql.addFindings, [JSON.stringify(told.findings.map(findingValues))]);
    if (told.stories.length > 0) await change(sql.keepStories, [JSON.stringify(told.stories.map(storyValues))]);
    for (const story of told.opened) await putOnRecord(run, alertAct(actOf(story as Alert, "OPENED")));
  };
}
