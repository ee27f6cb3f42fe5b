import type { DataSource } from "typeorm";
import { MOST_COUNTED } from "../../domain/cases/casePages.ts";
import { placeOf } from "../../domain/cases/waitingLine.ts";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import type { Page, PageRequest } from "../../domain/kernel/pages.ts";
import type { AlertOrder } from "../../domain/monitoring/alerts/alert.ts";
import {
  type AlertFilter,
  type AlertSuppression,
  actOf,
  type FindingFilter,
  suppressionAct,
} from "../../domain/monitoring/alerts/alert.ts";
import type { AlertStore, KnownVerdict, OpenAlerts } from "../../domain/monitoring/alerts/store.ts";
import { RANKS } from "../../domain/monitoring/watch/rank.ts";
import { type GivenVerdict, STORY_DAYS } from "../../domain/monitoring/watch/story.ts";
import { type Act, alertAct, alertSuppressionAct } from "../../domain/record/acts.ts";
import type { AlertEvent } from "../../domain/record/alertAct.ts";
import { isOwnSubject } from "../cases/ownSubject.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { peopleText } from "../database/storedPerson.ts";
import { isStorable } from "../database/text.ts";
import type { CloseProposal } from "../journal/acts.ts";
import type { AsOf } from "../journal/asOf.ts";
import { createStepWriter, type StepDeps } from "../journal/stepWriter.ts";
import {
  alertOf,
  findingColumns,
  findingOf,
  lifeColumns,
  storyColumns,
  suppressionColumns,
  suppressionOf,
  suppressionValues,
} from "./watchTables.ts";

const STORY_MS = STORY_DAYS * 86_400_000;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Alerts can't be read or written.", error));

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];
const is = (column: string, value: unknown): readonly Condition[] =>
  value === undefined ? [] : [[`"${column}" = ?`, value]];

const IS_ALERT = '"opened_at" IS NOT NULL';
const IN_STATE = {
  OPEN: '"closed_at" IS NULL AND "acknowledged_at" IS NULL',
  ACKNOWLEDGED: '"closed_at" IS NULL AND "acknowledged_at" IS NOT NULL',
  CLOSED: '"closed_at" IS NOT NULL',
} as const;

const alertConditions = (filter: AlertFilter): readonly Condition[] => {
  const { clientId, detector, from, patient, severity, states, subjectId, to, verdict } = filter;
  return [
    [IS_ALERT],
    ...(states === undefined
      ? []
      : [[states.length === 0 ? "1 = 0" : `(${states.map((state) => IN_STATE[state]).join(" OR ")})`] as const]),
    ...is("severity", severity),
    ...is("verdict", verdict),
    // A code stands there in quotation marks.
    ...(detector === undefined ? [] : [[`"detectors" LIKE ?`, `%"${detector}"%`] as const]),
    ...is("client_id", clientId),
    ...is("subject_id", subjectId),
    ...is("patient", patient),
    ...(from === undefined ? [] : [[`"opened_at" >= ?`, from] as const]),
    ...(to === undefined ? [] : [[`"opened_at" < ?`, to] as const]),
  ];
};

/** People's looks at a patient are part of an open alert about that patient, near in time, unless they are HIGH themselves. */
const PART_OF = `CASE WHEN s."closed_at" IS NULL AND s."severity" <> 'HIGH' AND s."matter" LIKE 'Patient/%' THEN
  (SELECT MIN(v."id") FROM watch_story AS v WHERE v."entity_kind" = 'PATIENT' AND v."entity_id" = SUBSTR(s."matter", 9)
    AND v."opened_at" IS NOT NULL AND v."closed_at" IS NULL
    AND v."first_at" - s."last_at" <= ${STORY_MS} AND s."first_at" - v."last_at" <= ${STORY_MS}) END`;
/** The place of an alert by its rank: rank, then points; behind them what is part of another, and what is closed. */
const PLACE = `CASE WHEN "closed_at" IS NOT NULL THEN 0 ELSE "points" + 1000000000 * CAST(CASE WHEN "part_of" IS NOT NULL THEN 0
  ${RANKS.map((rank, i) => `WHEN "rank" = '${rank}' THEN ${i + 1}`).join(" ")} END AS BIGINT) END`;

/** The place of an alert among what waits, the gravest first; the same as in the index. */
export const SEVERE = `CASE "severity" WHEN 'HIGH' THEN 0 WHEN 'MEDIUM' THEN 1 WHEN 'LOW' THEN 2 ELSE 3 END`;

/** By what alerts are listed, the greatest first. */
const placeBy = (orderBy: AlertOrder): string =>
  orderBy === "RANK" ? PLACE : `${orderBy === "OLDEST" ? "-" : ""}"opened_at"`;

const findingConditions = (filter: FindingFilter): readonly Condition[] => {
  const { alertId, clientId, decisionId, detector, from, severity, shadow, subjectId, suppressed, to } = filter;
  const flag = (name: string, value: boolean | undefined): readonly Condition[] =>
    value === undefined ? [] : [[value ? `"${name}"` : `NOT "${name}"`]];
  return [
    ...is("detector", detector),
    ...flag("shadow", shadow),
    ...flag("suppressed", suppressed),
    ...is("severity", severity),
    ...is("client_id", clientId),
    ...is("subject_id", subjectId),
    ...is("decision_id", decisionId),
    ...is("story_id", alertId),
    ...(from === undefined ? [] : [[`"at" >= ?`, from] as const]),
    ...(to === undefined ? [] : [[`"at" < ?`, to] as const]),
  ];
};

const allStorable = (filter: object): boolean =>
  Object.values(filter).every((value) => typeof value !== "string" || isStorable(value));

/** Alerts, what they rest on, and what is suppressed. */
export function createAlertStore(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For lists, which may take long. */
    readonly lists: DataSource;
    readonly closeProposal: CloseProposal;
    readonly asOf: AsOf;
    /** Ends when all that is on record was watched; rejects with JOURNAL_UNAVAILABLE when it can't be. */
    readonly untilWatched: () => Promise<void>;
  },
): AlertStore {
  const { asOf, closeProposal, source, lists, dialect, untilWatched } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const { rows: asked, text } = jsonRows(dialect);
  const ALERT = `SELECT ${columnList([...storyColumns, ...lifeColumns])}, ${PART_OF} AS "part_of" FROM watch_story AS s`;
  const FINDING = `SELECT "seq", ${columnList(findingColumns)} FROM watch_finding`;
  const SUPPRESSION = `SELECT ${columnList(suppressionColumns)} FROM watch_suppression`;
  const notOwn = (storyId: string): string =>
    `NOT EXISTS (SELECT 1 FROM watch_finding AS f WHERE f."story_id" = ${storyId} AND f."subject_id" = ? AND ${isOwnSubject(dialect)})`;
  const READ = sql(`${ALERT} WHERE "id" = ? AND ${IS_ALERT}`);

  const look = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(sql(statement), [...parameters])).catch(fail);
  const list = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(sql(statement), [...parameters]).catch(fail);

  /** One page of a table, newest first by a column. */
  async function pageBy<Item, Key extends string | number>(
    {
      conditions,
      key,
      select,
    }: { readonly select: string; readonly key: string; readonly conditions: readonly Condition[] },
    { after, first }: PageRequest<Key>,
    itemOf: (row: RawRow) => Item,
  ): Promise<Page<Item, Key>> {
    const all: readonly Condition[] = after === null ? conditions : [...conditions, [`"${key}" < ?`, after]];
    const where = all.length === 0 ? "" : ` WHERE ${all.map(([condition]) => condition).join(" AND ")}`;
    const parameters = [...all.flatMap(([, ...values]) => values), first + 1];
    const rows = await list(`${select}${where} ORDER BY "${key}" DESC LIMIT ?`, parameters);
    const keyOf = (row: RawRow) => (key === "id" ? String(row[key]) : Number(row[key])) as Key;
    return pageOfRows(rows, { first, itemOf: (row) => ({ node: itemOf(row), key: keyOf(row) }) });
  }

  const take = (
    id: string,
    {
      author,
      event,
      also = async () => [],
      once = "",
      update,
    }: {
      readonly author: string;
      readonly event: AlertEvent;
      readonly update: Condition;
      /** What is written with it; answers with its acts. */
      readonly also?: (run: RunSql) => Promise<readonly Act[]>;
      readonly once?: string;
    },
  ): Promise<void> =>
    step({
      author,
      actId: `alert:${id}:${event.toLowerCase()}${once}`,
      async work(run) {
        const [set, ...values] = update;
        const { affected } = await run(sql(`UPDATE watch_story SET ${set} AND "id" = ? AND ${IS_ALERT}`), [
          ...values,
          id,
        ]);
        if (affected !== 1)
          throw new ScopewardenError(
            "CONFLICT",
            `Alert ${id} is not as it was read: somebody else was first. Nothing was changed.`,
          );
        const [row] = (await run(READ, [id])).rows;
        return [alertAct(actOf(alertOf(row as RawRow), event)), ...(await also(run))];
      },
    }).catch(fail);

  async function beginSuppression(run: RunSql, suppression: AlertSuppression): Promise<Act> {
    const places = suppressionColumns.map(() => "?").join(", ");
    const statement = `INSERT INTO watch_suppression (${columnList(suppressionColumns)}) VALUES (${places})`;
    await run(sql(statement), suppressionValues(suppression));
    const { by, from, reason } = suppression;
    return alertSuppressionAct(suppressionAct(suppression, { event: "BEGUN", at: from, author: by, text: reason }));
  }

  async function endSuppressionIn(
    run: RunSql,
    id: string,
    { at, by, reason }: Parameters<AlertStore["endSuppression"]>[1],
  ): Promise<Act> {
    const { affected } = await run(
      sql(
        `UPDATE watch_suppression SET "ended_at" = ?, "ended_by" = ? WHERE "id" = ? AND "ended_at" IS NULL AND "until" > ?`,
      ),
      [at, by, id, at],
    );
    if (affected !== 1)
      throw new ScopewardenError("CONFLICT", `Suppression ${id} is over already. Nothing was changed.`);
    const [row] = (await run(sql(`${SUPPRESSION} WHERE "id" = ?`), [id])).rows;
    return alertSuppressionAct(
      suppressionAct(suppressionOf(row as RawRow), { event: "ENDED", at, author: by, text: reason }),
    );
  }

  const verdictOf = ({ at, by, cause, text: said, verdict }: GivenVerdict): Condition => [
    `"closed_at" = ?, "closed_by" = ?, "closer_subject_id" = ?, "closer_subject_type" = ?, "closer_issuer" = ?,
      "closer_people" = ?, "verdict" = ?, "cause" = ?, "close_text" = ?`,
    ...[at, by.callerId, by.subject?.id ?? null, by.subject?.type ?? null, by.subject?.issuer ?? null],
    ...[peopleText(by), verdict, cause, stored(said)],
  ];

  const stored = (value: string): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });

  return {
    async find(id) {
      if (!isStorable(id)) return null;
      const [row] = await look(`${ALERT} WHERE "id" = ? AND ${IS_ALERT}`, [id]);
      return row === undefined ? null : alertOf(row);
    },

    async page({ filter, ownToo = false, page }) {
      if (!allStorable(filter)) return { items: [], hasNextPage: false, asOf: await asOf(), total: async () => 0 };
      // Before anything is read, so that it is not said too late.
      const watchedTo = await asOf();
      const others = ownToo || filter.subjectId === undefined ? [] : [[notOwn('s."id"'), filter.subjectId] as const];
      const conditions: readonly Condition[] = [...alertConditions(filter), ...others];
      const where = conditions.map(([condition]) => condition).join(" AND ");
      const [place, id] = (page.after ?? "").split(" ", 2);
      const rows = await list(
        `SELECT * FROM (SELECT a.*, ${placeBy(page.orderBy ?? "RANK")} AS "place" FROM (${ALERT} WHERE ${where}) AS a) AS p
          ${page.after === null ? "" : 'WHERE "place" < ? OR ("place" = ? AND "id" < ?)'} ORDER BY "place" DESC, "id" DESC LIMIT ?`,
        [
          ...conditions.flatMap(([, ...values]) => values),
          ...(page.after === null ? [] : [Number(place) || 0, Number(place) || 0, id ?? ""]),
          page.first + 1,
        ],
      );
      const itemOf = (row: RawRow) => ({ node: alertOf(row), key: `${row.place} ${row.id}` });
      const counted = `SELECT COUNT(*) AS "n" FROM (SELECT 1 FROM watch_story AS s WHERE ${where} LIMIT ${MOST_COUNTED}) AS counted`;
      const total = async () =>
        Number(
          (
            await list(
              counted,
              conditions.flatMap(([, ...values]) => values),
            )
          )[0]?.n,
        );
      return { ...pageOfRows(rows, { first: page.first, itemOf }), asOf: watchedTo, total };
    },

    acknowledge: (id, { at, by }) =>
      take(id, {
        author: by.callerId,
        event: "ACKNOWLEDGED",
        update: [
          `"acknowledged_at" = ?, "acknowledged_by" = ?, "acknowledger_subject_id" = ?, "acknowledger_subject_type" = ?,
            "acknowledger_issuer" = ? WHERE ${IN_STATE.OPEN}`,
          ...[at, by.callerId, by.subject?.id ?? null, by.subject?.type ?? null, by.subject?.issuer ?? null],
        ],
      }),

    close(id, step, quiet) {
      const [set, ...values] = verdictOf(step);
      return take(id, {
        author: step.by.callerId,
        event: "CLOSED",
        update: [`${set} WHERE "closed_at" IS NULL`, ...values],
        also: async (run) => (quiet === null ? [] : [await beginSuppression(run, quiet)]),
      });
    },

    correct(id, step, { endsQuiet, quiet, replaced }) {
      const { at, by, text: reason } = step;
      const [set, ...values] = verdictOf(step);
      const last = replaced.at(-1);
      return take(id, {
        author: by.callerId,
        event: "CORRECTED",
        once: `:${replaced.length}`,
        update: [
          `${set}, "replaced" = ? WHERE "closed_at" = ? AND "closed_by" = ?`,
          ...[...values, canonicalJson(replaced as unknown as Json), last?.at, last?.by.callerId],
        ],
        async also(run) {
          const acts: Act[] = quiet === null ? [] : [await beginSuppression(run, quiet)];
          const inForce =
            'SELECT "id" FROM watch_suppression WHERE "alert_id" = ? AND "ended_at" IS NULL AND "until" > ?';
          for (const row of endsQuiet ? (await run(sql(inForce), [id, at])).rows : [])
            acts.push(await endSuppressionIn(run, String(row.id), { at, by: by.callerId, reason }));
          return acts;
        },
      });
    },

    async findAll(ids) {
      const storable = [...new Set(ids)].filter(isStorable);
      if (storable.length === 0) return [];
      const marks = storable.map(() => "?").join(", ");
      return (await list(`${ALERT} WHERE "id" IN (${marks}) AND ${IS_ALERT}`, storable)).map(alertOf);
    },

    // What is not closed, in whichever state: nothing of it ends by itself.
    async waiting({ after, first }) {
      const of = after && { place: placeOf(after.severity), at: after.alert.openedAt, id: after.id };
      const behind = of && [
        `${SEVERE} >= ? AND (${SEVERE} > ? OR "opened_at" > ? OR ("opened_at" = ? AND "id" > ?))`,
        ...[of.place, of.place, of.at, of.at, of.id],
      ];
      const rows = await list(
        `${ALERT} WHERE ${IS_ALERT} AND "closed_at" IS NULL${behind === null ? "" : ` AND ${behind[0]}`}
          ORDER BY ${SEVERE}, "opened_at", "id" LIMIT ?`,
        [...(behind?.slice(1) ?? []), first],
      );
      return rows.map(alertOf);
    },

    async count({ first }) {
      const open = `SELECT 1 FROM watch_story WHERE ${IS_ALERT} AND "closed_at" IS NULL LIMIT ?`;
      return Number((await look(`SELECT COUNT(*) AS "n" FROM (${open}) AS counted`, [first]))[0]?.n);
    },

    async partiesOf(ids) {
      const given = JSON.stringify(ids.filter(isStorable).map((id) => [id]));
      const rows = await list(
        `SELECT ${text(0)} AS "of", f."subject_type" AS "type", f."subject_id" AS "id" FROM ${asked}
            JOIN watch_finding AS f ON f."story_id" = ${text(0)} WHERE f."subject_id" IS NOT NULL
          UNION SELECT ${text(0)} AS "of", 'client' AS "type", f."client_id" AS "id" FROM ${asked}
            JOIN watch_finding AS f ON f."story_id" = ${text(0)} WHERE f."client_id" IS NOT NULL
          UNION SELECT ${text(0)} AS "of", w."person_type" AS "type", w."person_id" AS "id" FROM ${asked}
            JOIN watch_story AS s ON s."id" = ${text(0)} AND s."entity_kind" = 'PATIENT'
            JOIN watched_access AS w ON w."patient" = s."entity_id" AND w."at" <= s."last_at"
            AND w."at" >= (SELECT MIN(COALESCE(f."since", f."at")) FROM watch_finding AS f WHERE f."story_id" = s."id")
            WHERE w."person_id" IS NOT NULL`,
        [given, given, given],
      );
      const parties = groupBy(rows, ({ of }) => String(of));
      return new Map(
        [...parties].map(([of, all]) => [of, all.map(({ id, type }) => ({ type: String(type), id: String(id) }))]),
      );
    },

    async decisionsOf(id, { after, first }) {
      const before = after === null ? "" : ' AND "position" < ?';
      const rows = await list(
        `SELECT DISTINCT "position", "decision_id" FROM watch_finding WHERE "story_id" = ?${before} ORDER BY "position" DESC LIMIT ?`,
        [id, ...(after === null ? [] : [after]), first + 1],
      );
      const itemOf = (row: RawRow) => ({ node: String(row.decision_id), key: Number(row.position) });
      return pageOfRows(rows, { first, itemOf });
    },

    async decisionsAmong(id, decisionIds) {
      const storable = decisionIds.filter(isStorable);
      if (storable.length === 0) return [];
      const rows = await list(
        `SELECT DISTINCT "decision_id" FROM watch_finding WHERE "story_id" = ? AND "decision_id" IN (${storable.map(() => "?").join(", ")})`,
        [id, ...storable],
      );
      return rows.map(({ decision_id }) => String(decision_id));
    },

    async ownSubjects(storyIds) {
      if (storyIds.length === 0) return [];
      const rows = await list(
        `SELECT DISTINCT f."story_id" AS "story", f."subject_id" AS "subject" FROM ${asked}
          JOIN watch_finding AS f ON f."story_id" = ${text(0)} WHERE ${isOwnSubject(dialect)}`,
        [JSON.stringify(storyIds.map((each) => [each]))],
      );
      return rows.map(({ story, subject }) => ({ storyId: String(story), subjectId: String(subject) }));
    },

    async ownOfDecision(decisionId) {
      if (!isStorable(decisionId)) return [];
      const rows = await list(
        `SELECT DISTINCT f."subject_id" AS "subject" FROM watch_finding AS f
          WHERE f."story_id" IN (SELECT "story_id" FROM watch_finding WHERE "decision_id" = ?) AND ${isOwnSubject(dialect)}`,
        [decisionId],
      );
      return rows.map(({ subject }) => String(subject));
    },

    async findings({ filter, ownToo = false, page }) {
      const watchedTo = await asOf();
      if (!allStorable(filter)) return { ...noPage(), asOf: watchedTo };
      const others =
        ownToo || filter.subjectId === undefined
          ? []
          : [
              [notOwn('watch_finding."story_id"'), filter.subjectId] as const,
              [
                `NOT EXISTS (SELECT 1 FROM watch_finding AS f WHERE f."seq" = watch_finding."seq" AND ${isOwnSubject(dialect)})`,
              ] as const,
            ];
      const conditions = [...findingConditions(filter), ...others];
      return { ...(await pageBy({ select: FINDING, key: "seq", conditions }, page, findingOf)), asOf: watchedTo };
    },

    async verdictsOn(decisionIds) {
      if (decisionIds.length === 0) return [];
      const rows = await list(
        `SELECT DISTINCT s."id", s."verdict" FROM ${asked} JOIN watch_finding AS f ON f."decision_id" = ${text(0)}
          JOIN watch_story AS s ON s."id" = f."story_id" WHERE s."closed_at" IS NOT NULL`,
        [JSON.stringify(decisionIds.map((each) => [each]))],
      );
      return rows.map(({ id, verdict }) => ({ alertId: String(id), verdict: verdict as KnownVerdict["verdict"] }));
    },

    async openAlerts() {
      const rows = await look(
        `SELECT "severity", COUNT(*) AS "n" FROM watch_story WHERE ${IS_ALERT} AND "closed_at" IS NULL GROUP BY "severity"`,
        [],
      );
      const none: OpenAlerts = { INFO: 0, LOW: 0, MEDIUM: 0, HIGH: 0 };
      return { ...none, ...Object.fromEntries(rows.map(({ n, severity }) => [String(severity), Number(n)])) };
    },

    async isHighOpenOf({ id, type }) {
      await untilWatched();
      const rows = await list(
        `SELECT 1 AS "is" FROM watch_story AS s WHERE s."severity" = 'HIGH' AND s."opened_at" IS NOT NULL AND s."closed_at" IS NULL
          AND EXISTS (SELECT 1 FROM watch_finding AS f WHERE f."story_id" = s."id" AND f."subject_id" = ? AND f."subject_type" = ?) LIMIT 1`,
        [id, type],
      );
      return rows.length > 0;
    },

    async findSuppression(id) {
      if (!isStorable(id)) return null;
      const [row] = await look(`${SUPPRESSION} WHERE "id" = ?`, [id]);
      return row === undefined ? null : suppressionOf(row);
    },

    suppressions({ inForceAt, page }) {
      const inForce = `"from" <= ? AND COALESCE("ended_at", "until") > ?`;
      const conditions: readonly Condition[] = inForceAt === null ? [] : [[inForce, inForceAt, inForceAt]];
      return pageBy({ select: SUPPRESSION, key: "id", conditions }, page, suppressionOf);
    },

    suppress: (suppression, carriedOut) =>
      step({
        author: suppression.by,
        actId: `alert-suppression:${suppression.id}:begun`,
        async work(run) {
          const act = await beginSuppression(run, suppression);
          if (carriedOut !== undefined) await closeProposal(run, carriedOut, null);
          return [act];
        },
      }).catch(fail),

    endSuppression: (id, ended) =>
      step({
        author: ended.by,
        actId: `alert-suppression:${id}:ended`,
        work: async (run) => [await endSuppressionIn(run, id, ended)],
      }).catch(fail),

    async quietUntil(id, now) {
      if (!isStorable(id)) return null;
      const [row] = await look(
        `SELECT MAX("until") AS "until" FROM watch_suppression
          WHERE "alert_id" = ? AND "patient" IS NOT NULL AND "ended_at" IS NULL AND "until" > ?`,
        [id, now],
      );
      return row === undefined || row.until === null ? null : Number(row.until);
    },

    async findingsOf(id, first) {
      const rows = await list(`${FINDING} WHERE "story_id" = ? ORDER BY "points" DESC, "seq" DESC LIMIT ?`, [
        id,
        first,
      ]);
      return rows.map(findingOf);
    },
  };
}
