import type { DataSource } from "typeorm";
import { MOST_COUNTED } from "../../domain/cases/casePages.ts";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import type { Page, PageRequest } from "../../domain/kernel/pages.ts";
import type { Alert, AlertOrder } from "../../domain/monitoring/alerts/alert.ts";
import {
  type AlertFilter,
  type AlertSuppression,
  actOf,
  type FindingFilter,
  suppressionAct,
} from "../../domain/monitoring/alerts/alert.ts";
import {
  type AlertStore,
  type KnownVerdict,
  MOST_VIEWERS,
  type OpenAlerts,
} from "../../domain/monitoring/alerts/store.ts";
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
/** The place of an open alert among those that are part of no other, or among those that are, the greatest first: HIGH, then rank, then points; the same as in the index. */
export const OPEN_PLACE = `("points" + 1000000000 * CAST((CASE WHEN "severity" = 'HIGH' THEN 4 ELSE 1 END)
  + (CASE "rank" WHEN 'SENSITIVE_UNEXPLAINED' THEN 2 WHEN 'UNEXPLAINED' THEN 1 ELSE 0 END) AS BIGINT))`;
/** The place of an alert: behind those are what is part of another, and what is closed. */
const PLACE = `CASE WHEN "closed_at" IS NOT NULL THEN 0 WHEN "part_of" IS NOT NULL THEN ${OPEN_PLACE} ELSE 10000000000 + ${OPEN_PLACE} END`;
const placeOfOpen = ({ points, rank, severity }: Alert): number =>
  points + 1e9 * ((severity === "HIGH" ? 4 : 1) + RANKS.indexOf(rank));

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

/** Accesses of the patient of an alert about one, in its time. */
const SIGHTS = `watch_story AS s JOIN watched_access AS w ON w."patient" = s."entity_id" AND w."at" <= s."last_at"
  AND w."at" >= (SELECT MIN(COALESCE(f."since", f."at")) FROM watch_finding AS f WHERE f."story_id" = s."id")
  WHERE s."id" = ? AND s."entity_kind" = 'PATIENT' AND s."opened_at" IS NOT NULL`;

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
      refusal = `Alert ${id} is not as it was read: somebody else was first. Nothing was changed.`,
      update,
    }: {
      readonly author: string;
      readonly event: AlertEvent;
      readonly update: Condition;
      /** What is written with it; answers with its acts. */
      readonly also?: (run: RunSql) => Promise<readonly Act[]>;
      readonly once?: string;
      /** What is said where nothing could be updated. */
      readonly refusal?: string;
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
        if (affected !== 1) throw new ScopewardenError("CONFLICT", refusal);
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

  /** What `verdictOf` sets. */
  const CLOSED_COLUMNS = [
    ...["closed_at", "closed_by", "closer_subject_id", "closer_subject_type", "closer_issuer"],
    ...["closer_people", "verdict", "cause", "close_text"],
  ];
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

    close(id, step, { earlier, quiet }) {
      const [set, ...values] = verdictOf(step);
      return take(id, {
        author: step.by.callerId,
        event: "CLOSED",
        ...(earlier > 0 && { once: `:${earlier}` }),
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

    reopen(id, { at, author }, { closed, replaced }) {
      const earlier = [...replaced, { ...closed, takenBackAt: at }];
      return take(id, {
        ...{ author, event: "REOPENED", once: `:${earlier.length}` },
        update: [
          `${CLOSED_COLUMNS.map((name) => `"${name}" = NULL`).join(", ")}, "replaced" = ? WHERE "closed_at" = ? AND "closed_by" = ?
            AND NOT EXISTS (SELECT 1 FROM watch_story AS o WHERE o."entity_kind" = watch_story."entity_kind"
              AND o."entity_id" = watch_story."entity_id" AND o."matter" = watch_story."matter"
              AND o."opened_at" IS NOT NULL AND o."closed_at" IS NULL)`,
          ...[canonicalJson(earlier as unknown as Json), closed.at, closed.by.callerId],
        ],
        refusal: `Alert ${id} can't be opened again: another alert about the same has been opened since, or somebody else was first. Nothing was changed.`,
        async also(run) {
          const quieted = `SELECT "id" FROM watch_suppression
            WHERE "alert_id" = ? AND "from" = ? AND "by" = ? AND "ended_at" IS NULL AND "until" > ?`;
          const { rows } = await run(sql(quieted), [id, closed.at, closed.by.callerId, at]);
          const acts: Act[] = [];
          const reason = "The verdict that explained it was taken back.";
          for (const row of rows) acts.push(await endSuppressionIn(run, String(row.id), { at, by: author, reason }));
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
      const waitingIn = async (isPart: boolean, behind: Alert | null, most: number): Promise<readonly Alert[]> => {
        const [place, id] = behind === null ? [] : [placeOfOpen(behind), behind.id];
        // The first comparison is what the index is entered by.
        const rows = await list(
          `${ALERT} WHERE ${IS_ALERT} AND "closed_at" IS NULL AND ${PART_OF} IS ${isPart ? "NOT NULL" : "NULL"}
            ${place === undefined ? "" : `AND ${OPEN_PLACE} <= ? AND (${OPEN_PLACE} < ? OR "id" < ?)`}
            ORDER BY ${OPEN_PLACE} DESC, "id" DESC LIMIT ?`,
          [...(place === undefined ? [] : [place, place, id]), most],
        );
        return rows.map(alertOf);
      };
      const isAmongParts = after !== null && after.partOfId !== null;
      const found = isAmongParts ? [] : await waitingIn(false, after, first);
      if (found.length >= first) return found;
      return [...found, ...(await waitingIn(true, isAmongParts ? after : null, first - found.length))];
    },

    async count({ first }) {
      const open = `SELECT 1 FROM watch_story WHERE ${IS_ALERT} AND "closed_at" IS NULL LIMIT ?`;
      return Number((await look(`SELECT COUNT(*) AS "n" FROM (${open}) AS counted`, [first]))[0]?.n);
    },

    async countDecided({ first, since }) {
      const closed = `SELECT 1 FROM watch_story WHERE ${IS_ALERT} AND "closed_at" >= ? LIMIT ?`;
      return Number((await look(`SELECT COUNT(*) AS "n" FROM (${closed}) AS counted`, [since, first]))[0]?.n);
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

    async viewersOf(id) {
      if (!isStorable(id)) return [];
      const own = `(SELECT MAX(o."id") FROM watch_story AS o WHERE o."entity_kind" = 'SUBJECT' AND o."opened_at" IS NOT NULL
        AND o."closed_at" IS NULL AND o."entity_id" = w."person_type" || '/' || w."person_id" AND o."matter" = 'Patient/' || w."patient")`;
      const rows = await list(
        `SELECT w."person_type" AS "type", w."person_id" AS "id", COUNT(*) AS "accesses", MAX(w."at") AS "last_at",
            SUM(CASE WHEN w."kind" IS NULL THEN 1 ELSE 0 END) AS "unexplained", ${own} AS "own_alert"
          FROM ${SIGHTS} GROUP BY w."person_type", w."person_id", w."patient"
          ORDER BY "unexplained" DESC, "last_at" DESC, "type", "id" LIMIT ${MOST_VIEWERS}`,
        [id],
      );
      return rows.map((row) => ({
        subject: { type: String(row.type), id: String(row.id) },
        ...{ accesses: Number(row.accesses), unexplained: Number(row.unexplained), lastAt: Number(row.last_at) },
        alertId: row.own_alert === null ? null : String(row.own_alert),
      }));
    },

    async sightsOf(id, viewer, first) {
      if (!isStorable(id) || !isStorable(viewer.id) || !isStorable(viewer.type)) return [];
      const rows = await list(
        `SELECT w."decision_id" FROM ${SIGHTS} AND w."person_type" = ? AND w."person_id" = ? ORDER BY w."position" DESC LIMIT ?`,
        [id, viewer.type, viewer.id, first],
      );
      return rows.map(({ decision_id }) => String(decision_id));
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
