import type { DecisionRecord } from "../../domain/decisions/types.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import { Memo } from "../../domain/kernel/memo.ts";
import type { Clock, NewId } from "../../domain/kernel/ports.ts";
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
import { type BaselineMemory, type Observed, observe } from "../../domain/monitoring/watch/observe.ts";
import { MATTER_DAYS, type Story } from "../../domain/monitoring/watch/story.ts";
import { type Alerting, type Suppressed, tellStories } from "../../domain/monitoring/watch/tellStories.ts";
import type { WatchedDecision } from "../../domain/monitoring/watchedDecision.ts";
import { alertAct } from "../../domain/record/acts.ts";
import { createImposeByPolicy } from "../cases/imposeByPolicy.ts";
import { columnList } from "../database/columns.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { insertRows, jsonRows, takingNew } from "../database/jsonRows.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import type { Batch, ReadBatch } from "../journal/consumer.ts";
import { watchedText } from "./watchedText.ts";
import type { WatchStep } from "./watching.ts";
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
export type TakeWatched = WatchStep;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Decisions may come late: what is not used any more goes a week after it has ceased to count. */
const REMOVED_AFTER_MS = BASELINE_MS + 7 * DAY_MS;

/** Rows of each table that one step removes at most: decisions wait for the transaction. */
const REMOVED_AT_ONCE = 2_000;
const part = (table: string, key: string, condition: string): string =>
  `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${REMOVED_AT_ONCE})`;

const statementsOf = (dialect: Dialect) => {
  const { rows, text } = jsonRows(dialect);
  const sql = (statement: string): string => withParameters(dialect, statement);
  // Who would close an alert waits until what was just found stands in it, and the next finding sees that it was closed.
  const held = dialect.name === "postgres" ? " FOR UPDATE OF s" : "";
  const kinds = PERSONAL_KINDS.map((kind) => `'${kind}'`).join(", ");
  return {
    taken: 'SELECT "position" FROM watch_taken',
    settings: `SELECT ${columnList(settingColumns)} FROM watch_detector`,
    baselines: sql(`SELECT b.* FROM ${rows} JOIN watch_baseline AS b
      ON b."detector" = ${text(0)} AND b."kind" = ${text(1)} AND b."entity" = ${text(2)}`),
    keepBaselines: insertRows(dialect, {
      table: "watch_baseline",
      columns: baselineColumns,
      conflict: `ON CONFLICT ("detector", "kind", "entity") DO UPDATE SET ${takingNew(baselineColumns.slice(3))}`,
    }),
    keepWatched: insertRows(dialect, { table: "watched_decision", columns: watchedColumns }),
    /** What is too old, but for alerts and what they rest on; a part of it. */
    remove: [
      part("watch_baseline", '"detector", "kind", "entity"', `"used_at" < ? AND "kind" IN (${kinds})`),
      part("watched_decision", '"position"', '"at" < ?'),
      part(
        "watch_finding",
        '"seq"',
        `"at" < ? AND NOT EXISTS
        (SELECT 1 FROM watch_story AS s WHERE s."id" = "story_id" AND s."opened_at" IS NOT NULL)`,
      ),
      part("watch_story", '"id"', '"last_at" < ? AND "opened_at" IS NULL'),
    ].map(sql),
    addFindings: insertRows(dialect, { table: "watch_finding", columns: findingColumns }),
    stories: sql(`SELECT ${[...storyColumns, ...lifeColumns].map(({ name }) => `s."${name}"`).join(", ")}
      FROM ${rows} JOIN watch_story AS s ON s."entity_kind" = ${text(0)} AND s."entity_id" = ${text(1)}
      WHERE s."first_at" > ? OR (s."opened_at" IS NOT NULL AND s."closed_at" IS NULL) ORDER BY s."first_at", s."id"${held}`),
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

/** Baselines that are remembered, of 2 KiB at most. */
const MOST_BASELINES = 20_000;

/** What is known of the entities of decisions, as it stands at a position of the journal; null: nothing is. */
interface Known {
  readonly position: number;
  /** How far decisions were watched before what explains them was last made again. */
  readonly taken: number;
  readonly baselines: Memo<KeptBaseline | null>;
}

/** What is written of a step: rows as JSON. */
interface ToWrite {
  readonly kept: string;
  readonly baselines: string;
  /** When the newest decision was made. */
  readonly newest: number;
  readonly findings: readonly KeptFinding[];
  readonly detectors: readonly Alerting[];
  /** In which the decisions were, by their positions. */
  readonly organizations: ReadonlyMap<number, string | null>;
}

/** Those that these decisions bear on: what is not remembered is read, and remembered. */
async function knownBaselines(
  { select }: ReadBatch,
  sql: Statements,
  {
    baselines,
    detectors,
    watched,
  }: {
    readonly baselines: Known["baselines"];
    readonly detectors: readonly ActiveDetector[];
    readonly watched: readonly WatchedDecision[];
  },
): Promise<Map<string, KeptBaseline | null>> {
  const found = new Map<string, KeptBaseline | null>();
  const missing: BaselineName[] = [];
  for (const name of baselinesOf(watched, detectors)) {
    const key = baselineKey(name);
    if (found.has(key)) continue;
    const kept = baselines.get(key);
    found.set(key, kept ?? null);
    if (kept === undefined) missing.push(name);
  }
  if (missing.length === 0) return found;
  const asked = JSON.stringify(missing.map(({ detector, entity: { id, kind } }) => [detector, kind, id]));
  for (const row of await select(sql.baselines, [asked])) {
    const entity = { kind: row.kind as WatchedEntity["kind"], id: String(row.entity) };
    const kept = { baseline: JSON.parse(String(row.baseline)), usedAt: Number(row.used_at) };
    found.set(baselineKey({ detector: row.detector as Detector["code"], entity }), kept);
  }
  for (const name of missing) {
    const key = baselineKey(name);
    baselines.set(key, found.get(key) ?? null);
  }
  return found;
}

/** As `observe` does it; changes what is known, and answers with what has changed. */
function observeAll(
  decisions: readonly WatchedDecision[],
  detectors: readonly ActiveDetector[],
  known: Map<string, KeptBaseline | null>,
): Observed {
  const changed = new Map<string, Observed["baselines"][number]>();
  const memory: BaselineMemory = {
    get: (name) => known.get(baselineKey(name)) ?? null,
    set(name, kept) {
      const key = baselineKey(name);
      known.set(key, kept);
      changed.set(key, { ...name, ...kept });
    },
  };
  const { failures, findings } = observe(memory, { decisions, detectors });
  return { baselines: [...changed.values()], findings, failures };
}

/** The stories and suppressions that may bear on findings. */
async function knownStories({ select }: Batch, sql: Statements, findings: readonly KeptFinding[]) {
  const entities = new Map(findings.map(toldOf).map((entity) => [entityKey(entity), entity]));
  const asked = JSON.stringify([...entities.values()].map(({ id, kind }) => [kind, id]));
  const first = findings.reduce((least, { at }) => Math.min(least, at), Number.MAX_SAFE_INTEGER);
  const rows = await select(sql.stories, [asked, first - MATTER_DAYS * DAY_MS]);
  const stories = groupBy(rows.map(storyOf), ({ entity }) => entityKey(entity));
  const suppressed = (await select(sql.suppressions, [asked, first])).map(suppressionOf).map(
    ({ detector, ended, entity, from, patient, until }): Suppressed => ({
      ...{ detector, entity, from, patient },
      until: ended?.at ?? until,
    }),
  );
  return { stories, suppressed };
}

export function createTakeWatched({
  clock,
  detectors: all,
  failed = () => {},
  newId,
  putOnRecord,
}: {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly detectors: readonly Detector[];
  /** Is told of each decision at which a detector threw. */
  readonly failed?: (detector: DetectorCode, error: unknown) => void;
  readonly putOnRecord: PutOnRecord;
}): TakeWatched {
  const imposeByPolicy = createImposeByPolicy({ clock, newId });
  /** Of the newest decision when what is too old was last looked for: it need not be at every batch. */
  let removedAt = Number.NEGATIVE_INFINITY;
  // Another instance may have gone on: then the next step begins elsewhere.
  let memory: Known | null = null;

  const begin: WatchStep["begin"] = async (batch) => {
    const { after, dialect, select, until } = batch;
    const sql = statementsOf(dialect);
    const detectors = activeDetectors(all, (await select(sql.settings, [])).map(settingOf));
    if (detectors.length === 0) return null;
    return async (decisions) => {
      const known: Known =
        memory?.position === after
          ? memory
          : {
              position: after,
              taken: Number((await select(sql.taken, []))[0]?.position ?? 0),
              baselines: new Memo(MOST_BASELINES),
            };
      memory = null;
      // What explains accesses can be made again from the beginning; what people have judged since can't.
      const watched = decisions.filter(({ position }) => position > known.taken);
      const toWrite = watched.length > 0 ? await look(watched, known) : null;
      memory = { ...known, position: until };
      return toWrite;
    };

    async function look(watched: readonly WatchedDecision[], known: Known): Promise<ToWrite> {
      const before = await knownBaselines(batch, sql, { baselines: known.baselines, detectors, watched });
      const seen = observeAll(watched, detectors, before);
      for (const { detector, error } of seen.failures) failed(detector, error);
      const records = new Map(batch.acts.map((act) => [act.position, act]));
      const kept = JSON.stringify(
        watched.map((each) => {
          const record = records.get(each.position)?.recorded().record as DecisionRecord;
          return [each.position, each.at, watchedText(each, record)];
        }),
      );
      for (const { baseline, usedAt, ...name } of seen.baselines)
        known.baselines.set(baselineKey(name), { baseline, usedAt });
      const baselines = JSON.stringify(seen.baselines.map(baselineValues));
      const newest = watched.reduce((most, { at }) => Math.max(most, at), 0);
      const { findings } = seen;
      const organizations = new Map(watched.map(({ organization, position }) => [position, organization]));
      const alerting = detectors.map(({ alertAt, detector: { code } }) => ({ alertAt, detector: { code } }));
      return { kept, baselines, newest, findings, detectors: alerting, organizations };
    }
  };

  async function write(
    batch: Batch,
    { baselines, detectors, findings, kept, newest, organizations }: ToWrite,
  ): Promise<void> {
    const { change, dialect, run } = batch;
    const sql = statementsOf(dialect);
    await change(sql.keepWatched, [kept]);
    await change(sql.keepBaselines, [baselines]);
    if (newest - removedAt >= HOUR_MS) {
      let isAll = true;
      for (const statement of sql.remove) {
        const { affected } = await change(statement, [newest - REMOVED_AFTER_MS]);
        if (affected >= REMOVED_AT_ONCE) isAll = false;
      }
      // What is left goes with the next steps.
      if (isAll) removedAt = newest;
    }
    if (findings.length === 0) return;
    const { stories, suppressed } = await knownStories(batch, sql, findings);
    const known = (entity: WatchedEntity) => stories.get(entityKey(entity)) ?? [];
    const told = tellStories({ detectors, findings, known, suppressed });
    await change(sql.addFindings, [JSON.stringify(told.findings.map(findingValues))]);
    if (told.stories.length > 0) await change(sql.keepStories, [JSON.stringify(told.stories.map(storyValues))]);
    const imposed = await imposeByPolicy(batch, {
      rises: told.rises,
      stories: told.stories,
      organizationOf: ({ finding: { position } }) => organizations.get(position) ?? null,
    });
    for (const story of told.opened)
      await putOnRecord(run, alertAct(actOf(story as Story & Pick<Alert, "alert">, "OPENED")));
    for (const act of imposed) await putOnRecord(run, act);
    if (told.opened.length + imposed.length > 0) batch.actsOnRecord();
  }
  return {
    begin,
    write,
    undone() {
      memory = null;
    },
  };
}
