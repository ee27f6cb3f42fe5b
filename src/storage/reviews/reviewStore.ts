import type { DataSource } from "typeorm";
import { badInput, conflict, type ScopewardenError } from "../../domain/kernel/errors.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import { hasGrants } from "../../domain/monitoring/reviews/accessList.ts";
import type { Campaign, NewCampaign, ReviewItem } from "../../domain/monitoring/reviews/campaign.ts";
import { MOST_OPEN, type ReviewStore } from "../../domain/monitoring/reviews/store.ts";
import { ALL_ORGANIZATIONS } from "../../domain/policy/types.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { reviewAct } from "../../domain/record/acts.ts";
import type { ReviewAct } from "../../domain/record/reviewAct.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { peopleText } from "../database/storedPerson.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { campaignColumns, campaignOf, campaignValues, itemColumns, itemOf, itemValues } from "./reviewTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Access reviews can't be read or written.", error));

/** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
type RequireCaller = (run: RunSql, callerId: string) => Promise<void>;

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

/** Rows of one statement. */
const PART = 100;
/** Campaigns that are to be repeated, of one statement. */
const MOST_DUE = 20;

const text = (value: string | null): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });
const json = (value: unknown): unknown => toDatabase(value, { property: "json", name: "json", type: "json" });
const where = (conditions: readonly Condition[]): string =>
  conditions.length === 0 ? "" : ` WHERE ${conditions.map(([condition]) => condition).join(" AND ")}`;
const parametersOf = (conditions: readonly Condition[]): readonly unknown[] =>
  conditions.flatMap(([, ...parameters]) => parameters);

function* partsOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += PART) yield items.slice(at, at + PART);
}

/** How the rows of a campaign's access list are counted, from the policy itself. */
function countsOf(campaign: NewCampaign): readonly Condition[] {
  const { clientId, organization, policyRevision, role, startedAt, subjectId, subjectType } = campaign;
  const standing: Condition[] = [
    [`"since" <= ? AND ("until" IS NULL OR "until" > ?)`, policyRevision, policyRevision],
    [`("valid_until" IS NULL OR "valid_until" > ?)`, startedAt],
  ];
  const ofClient: Condition[] = clientId === null ? [] : [[`"client_id" = ?`, clientId]];
  const selected: Condition[] = [
    ...standing,
    ...ofClient,
    ...(subjectId === null ? [] : [[`"subject_id" = ? AND "subject_type" = ?`, subjectId, subjectType] as const]),
    ...(role === null ? [] : [[`"role" = ?`, role] as const]),
    ...(organization === null ? [] : [[`"organization" IN (?, ?)`, organization, ALL_ORGANIZATIONS] as const]),
  ];
  const count = (table: string, conditions: readonly Condition[]): Condition => [
    `SELECT COUNT(*) AS "n" FROM ${table}${where(conditions)}`,
    ...parametersOf(conditions),
  ];
  return [
    count("policy_assignment", selected),
    ...(hasGrants(campaign) ? [count("policy_grant", [...standing, ...ofClient])] : []),
  ];
}

const NOTHING_SAID = {
  text: null,
  policyRevision: null,
  items: null,
  itemsSha256: null,
  itemId: null,
  access: null,
  verdict: null,
  proposalId: null,
  reportSha256: null,
} as const;

/** An act of a campaign: what a step does not say is null. */
const actOf = (
  { id: campaignId, title }: Pick<Campaign, "id" | "title">,
  step: Pick<ReviewAct, "event" | "at" | "author"> & Partial<ReviewAct>,
): ReviewAct => ({ ...NOTHING_SAID, campaignId, title, ...step });

function accessOf({ access }: ReviewItem): NonNullable<ReviewAct["access"]> {
  const { clientId, organization, role, scope, subjectId: id, subjectType: type } = access;
  return { subject: id === null || type === null ? null : { id, type }, clientId, organization, role, scope };
}

/** Access reviews. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createReviewStore(deps: {
  readonly source: DataSource;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: RequireCaller;
}): ReviewStore {
  const { source, lists, writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const CAMPAIGN = `SELECT ${columnList(campaignColumns)} FROM review_campaign`;
  const ITEM = `SELECT ${columnList(itemColumns)} FROM review_item`;
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const OPEN = `SELECT COUNT(*) AS "n" FROM review_campaign WHERE "state" = 'OPEN'`;
  const HEAD = 'SELECT MAX("revision") AS "head" FROM policy_revision';
  const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");
  const ADD = sql(`INSERT INTO review_campaign (${columnList(campaignColumns)}) VALUES (${places(campaignColumns)})`);
  const addItems = (count: number): string =>
    sql(
      `INSERT INTO review_item (${columnList(itemColumns)}) VALUES ${Array.from({ length: count }, () => `(${places(itemColumns)})`).join(", ")}`,
    );
  const COUNT_DECIDED = sql(
    `UPDATE review_campaign SET "decided" = "decided" + 1 WHERE "id" = ? AND "state" = 'OPEN' AND "ends_at" > ?`,
  );
  const DECIDE =
    sql(`UPDATE review_item SET "verdict" = ?, "decided_at" = ?, "decided_by" = ?, "decider_subject_id" = ?, "decider_subject_type" = ?,
    "decider_issuer" = ?, "decider_people" = ?, "decision_reason" = ?, "reduced_to" = ?, "except_until" = ? WHERE "id" = ? AND "verdict" = 'UNDECIDED'`);
  // The number decided holds off whoever decides in the same moment; the proposal, whoever closes in it.
  const AS_READ = `"id" = ? AND "state" = ? AND "decided" = ? AND COALESCE("proposal_id", '') = ?`;
  const PROPOSE = sql(`UPDATE review_campaign SET "state" = 'PROPOSED', "proposal_id" = ? WHERE ${AS_READ}`);
  const CLOSE = sql(
    `UPDATE review_campaign SET "state" = 'CLOSED', "closed_at" = ?, "closed_by" = ?, "report_sha256" = ? WHERE ${AS_READ}`,
  );

  /** Run again after an outcome that nobody knows, a step finds its act and is content. */
  const write = (act: ReviewAct, once: string, work: (run: RunSql) => Promise<void>): Promise<void> =>
    writer
      .write(({ run, retry }) =>
        inTransaction(
          { run, dialect, conflict: "The same was done at the same time already. Nothing was changed." },
          async () => {
            const recorded = reviewAct(act, once);
            if (retry && (await run(IS_RECORDED, [recorded.id])).rows.length > 0) return;
            await requireCaller(run, act.author);
            await work(run);
            await putOnRecord(run, recorded);
          },
        ),
      )
      .catch(fail);

  async function requireList(run: RunSql, campaign: NewCampaign): Promise<void> {
    const { items, leftOut, policyRevision } = campaign;
    const head = Number((await run(HEAD)).rows[0]?.head ?? 0);
    let rows = 0;
    for (const [statement, ...parameters] of countsOf(campaign))
      rows += Number((await run(sql(statement), parameters)).rows[0]?.n ?? 0);
    if (head !== policyRevision)
      throw conflict(`The access list is of revision ${policyRevision}, and the policy is at ${head}.`);
    if (rows !== items + leftOut)
      throw conflict(`The access list has ${rows} rows, and not the ${items + leftOut} that were looked at.`);
  }

  const asRead = ({ id, decided, proposalId, state }: Pick<Campaign, "id" | "state" | "decided" | "proposalId">) => [
    id,
    state,
    decided,
    proposalId ?? "",
  ];
  const movedOn = (id: string): ScopewardenError =>
    conflict(`Campaign ${id} is not as it was read: somebody else was first.`);

  const one = async (statement: string, id: string): Promise<RawRow | undefined> => {
    if (!isStorable(id)) return undefined;
    const rows = () => source.query<RawRow[]>(sql(`${statement} WHERE "id" = ?`), [id]);
    return (await answerWithin(LOOKUP_MS, rows).catch(fail))[0];
  };
  const listed = (statement: string, conditions: readonly Condition[], more: Condition): Promise<RawRow[]> =>
    lists
      .query<RawRow[]>(sql(`${statement}${where(conditions)} ${more[0]}`), [
        ...parametersOf(conditions),
        ...more.slice(1),
      ])
      .catch(fail);

  return {
    async start(campaign, items, itemsSha256) {
      const values = campaignValues(campaign);
      const rows = items.map(itemValues);
      const { policyRevision, reason, startedAt: at, startedBy } = campaign;
      const step = { event: "STARTED", at, author: startedBy.callerId, text: reason } as const;
      const act = actOf(campaign, { ...step, policyRevision, items: items.length, itemsSha256 });
      await write(act, "", async (run) => {
        await requireList(run, campaign);
        if (Number((await run(OPEN)).rows[0]?.n ?? 0) >= MOST_OPEN)
          throw badInput([
            {
              path: "input",
              message: `is one too many: ${MOST_OPEN} access reviews are open, so that one must be closed first`,
            },
          ]);
        await run(ADD, values);
        for (const part of partsOf(rows)) await run(addItems(part.length), part.flat());
      });
    },

    async find(id) {
      const row = await one(CAMPAIGN, id);
      return row === undefined ? null : campaignOf(row);
    },

    async isOfCampaign(proposalId) {
      if (!isStorable(proposalId)) return false;
      const rows = () =>
        source.query<RawRow[]>(sql('SELECT 1 FROM review_campaign WHERE "proposal_id" = ? LIMIT 1'), [proposalId]);
      return (await answerWithin(LOOKUP_MS, rows).catch(fail)).length > 0;
    },

    async findItem(id) {
      const row = await one(ITEM, id);
      return row === undefined ? null : itemOf(row);
    },

    async page({ alertId, filter: { overdue, state }, now, page: { after, first } }) {
      if (after !== null && !isStorable(after)) return noPage();
      const isOverdue = `"state" = 'OPEN' AND "due_at" <= ? AND "decided" < "items"`;
      const conditions: Condition[] = [
        ...(alertId === undefined ? [] : [[`"alert_id" = ?`, alertId] as const]),
        ...(state === undefined ? [] : [[`"state" = ?`, state] as const]),
        ...(overdue === undefined ? [] : [[overdue ? isOverdue : `NOT (${isOverdue})`, now] as const]),
        ...(after === null ? [] : [[`"id" < ?`, after] as const]),
      ];
      const rows = await listed(CAMPAIGN, conditions, [`ORDER BY "id" DESC LIMIT ?`, first + 1]);
      const nodeOf = (row: RawRow) => ({ node: campaignOf(row), key: String(row.id) });
      return pageOfRows(rows, { first, itemOf: nodeOf });
    },

    async items({ campaignId, page: { after, first }, undecided }) {
      if (!isStorable(campaignId) || (after !== null && !isStorable(after))) return noPage();
      const conditions: Condition[] = [
        [`"campaign_id" = ?`, campaignId],
        ...(undecided === undefined ? [] : [[`"verdict" ${undecided ? "=" : "<>"} 'UNDECIDED'`] as const]),
        ...(after === null ? [] : [[`"id" > ?`, after] as const]),
      ];
      const rows = await listed(ITEM, conditions, [`ORDER BY "id" LIMIT ?`, first + 1]);
      const nodeOf = (row: RawRow) => ({ node: itemOf(row), key: String(row.id) });
      return pageOfRows(rows, { first, itemOf: nodeOf });
    },

    async decide(item, { at, by, exceptUntil, reason, to, verdict }) {
      const campaign = await one(CAMPAIGN, item.campaignId);
      if (campaign === undefined) throw conflict(`There is no campaign ${item.campaignId}.`);
      const step = { event: "DECIDED", at, author: by.callerId, text: reason } as const;
      const act = actOf(campaignOf(campaign), { ...step, itemId: item.id, access: accessOf(item), verdict });
      const { id = null, type = null, issuer = null } = by.subject ?? {};
      const values = [
        verdict,
        at,
        by.callerId,
        id,
        type,
        issuer,
        peopleText(by),
        text(reason),
        json(to),
        exceptUntil,
        item.id,
      ];
      await write(act, item.id, async (run) => {
        if ((await run(COUNT_DECIDED, [item.campaignId, at])).affected !== 1)
          throw conflict(`Campaign ${item.campaignId} is not open any more.`);
        if ((await run(DECIDE, values)).affected !== 1) throw conflict(`Item ${item.id} is decided already.`);
      });
    },

    propose: (campaign, { at, by, proposalId, reason }) =>
      write(
        actOf(campaign, { event: "PROPOSED", at, author: by, text: reason, proposalId }),
        proposalId,
        async (run) => {
          if ((await run(PROPOSE, [proposalId, ...asRead(campaign)])).affected !== 1) throw movedOn(campaign.id);
        },
      ),

    close(campaign, { at, by, outcomes, reason, reportSha256 }) {
      const { proposalId } = campaign;
      const act = actOf(campaign, { event: "CLOSED", at, author: by, text: reason, proposalId, reportSha256 });
      const alike = groupBy(outcomes, ({ outcome }) => JSON.stringify([outcome?.is, outcome?.note]));
      return write(act, "", async (run) => {
        if ((await run(CLOSE, [at, by, reportSha256, ...asRead(campaign)])).affected !== 1) throw movedOn(campaign.id);
        for (const same of alike.values()) {
          const { is = null, note = null } = same[0]?.outcome ?? {};
          for (const part of partsOf(same)) {
            const set = `UPDATE review_item SET "outcome" = ?, "outcome_note" = ? WHERE "id" IN (${places(part)})`;
            await run(sql(set), [is, text(note), ...part.map(({ id }) => id)]);
          }
        }
      });
    },

    async exceptions(now) {
      const rows = await listed(
        `SELECT "kind", "row_key", MAX("except_until") AS "until" FROM review_item`,
        [[`"except_until" > ?`, now]],
        [`GROUP BY "kind", "row_key"`],
      );
      return new Map(rows.map((row) => [`${row.kind} ${row.row_key}`, Number(row.until)]));
    },

    async toRepeat(now, after) {
      if (after !== null && !isStorable(after)) return [];
      const due: Condition[] = [
        [`"repeat_every_days" IS NOT NULL AND "started_at" + "repeat_every_days" * ${DAY_MS} <= ?`, now],
        [`"repeat_until" > ?`, now],
        ...(after === null ? [] : [[`"id" > ?`, after] as const]),
        [`NOT EXISTS (SELECT 1 FROM review_campaign AS n WHERE n."follows" = review_campaign."id")`],
      ];
      return (await listed(CAMPAIGN, due, [`ORDER BY "id" LIMIT ?`, MOST_DUE])).map(campaignOf);
    },
  };
}
