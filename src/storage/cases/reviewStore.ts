import { badInput, conflict } from "../../domain/kernel/errors.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import { hasGrants } from "../../domain/monitoring/reviews/accessList.ts";
import { BEGUN, type Campaign, type NewCampaign, type ReviewItem } from "../../domain/monitoring/reviews/campaign.ts";
import { MAX_DAYS } from "../../domain/monitoring/reviews/campaignInput.ts";
import { campaignKind, STAGES_OF } from "../../domain/monitoring/reviews/campaignKind.ts";
import { exceptionKey } from "../../domain/monitoring/reviews/evidence.ts";
import { itemKind } from "../../domain/monitoring/reviews/itemKind.ts";
import { MOST_OPEN, type ReviewStore } from "../../domain/monitoring/reviews/store.ts";
import { ALL_ORGANIZATIONS } from "../../domain/policy/types.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { reviewAct } from "../../domain/record/acts.ts";
import type { ReviewAct } from "../../domain/record/reviewAct.ts";
import type { RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import { createStepWriter } from "../journal/stepWriter.ts";
import { and, boundIn, type Condition, createCaseSql, is } from "./caseSql.ts";
import { type CaseDeps, createCaseReads } from "./caseStore.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Access reviews can't be read or written.", error));

/** Items of one statement. */
const PART = 100;
/** Campaigns that are to be repeated, of one statement. */
const MOST_DUE = 20;

/** Stages in which a campaign is not over. */
const STANDING = [...STAGES_OF.OPEN, ...STAGES_OF.PROPOSED];

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
    `SELECT COUNT(*) AS "n" FROM ${table} WHERE TRUE${and(conditions)}`,
    ...boundIn(conditions),
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

function accessOf({ access }: Pick<ReviewItem, "access">): NonNullable<ReviewAct["access"]> {
  const { clientId, organization, role, scope, subjectId: id, subjectType: type } = access;
  return { subject: id === null || type === null ? null : { id, type }, clientId, organization, role, scope };
}

/** What a step does to a campaign that is still as it was read: nobody decided or closed in the same moment. */
const asRead =
  (read: Pick<Campaign, "state" | "decided" | "proposalId">, to: Partial<Campaign>) =>
  (kept: Campaign): Campaign => {
    if (kept.state === read.state && kept.decided === read.decided && kept.proposalId === read.proposalId)
      return { ...kept, ...to };
    throw conflict(`Campaign ${kept.id} is not as it was read: somebody else was first.`);
  };

/** Access reviews: campaigns and their items are cases. Each write is one transaction, with its act on record. */
export function createReviewStore(deps: CaseDeps): ReviewStore {
  const { dialect } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const [campaigns, items] = [createCaseReads(deps, campaignKind), createCaseReads(deps, itemKind)];
  const [campaignSql, itemSql] = [createCaseSql(dialect, campaignKind), createCaseSql(dialect, itemKind)];
  const HEAD = 'SELECT MAX("revision") AS "head" FROM policy_revision';
  const number = (name: string): string => `CAST(${campaignSql.member(name)} AS BIGINT)`;

  const write = (act: ReviewAct, once: string, work: (run: RunSql) => Promise<unknown>): Promise<void> => {
    const recorded = reviewAct(act, once);
    return step({
      ...{ author: act.author, actId: recorded.id },
      async work(run) {
        await work(run);
        return recorded;
      },
    }).catch(fail);
  };

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

  return {
    campaignReader: campaigns,
    itemReader: items,
    find: campaigns.find,
    findItem: items.find,

    start(campaign, listed, itemsSha256) {
      const { policyRevision, reason, startedAt: at, startedBy } = campaign;
      const begins = { event: "STARTED", at, author: startedBy.callerId, text: reason } as const;
      const act = actOf(campaign, { ...begins, policyRevision, items: listed.length, itemsSha256 });
      return write(act, "", async (run) => {
        await requireList(run, campaign);
        if ((await campaignSql.count(run, [campaignSql.inStates(STAGES_OF.OPEN, at)])) >= MOST_OPEN)
          throw badInput([
            {
              path: "input",
              message: `is one too many: ${MOST_OPEN} access reviews are open, so that one must be closed first`,
            },
          ]);
        await campaignSql.insert(run, { ...campaign, ...BEGUN });
        const begun = { decision: null, outcome: null, listed: campaign };
        await itemSql.insert(run, ...listed.map((each) => ({ ...each, ...begun })));
      });
    },

    async proposed() {
      const standing = await campaigns.look([['NOT "is_over"']]);
      return new Set(standing.flatMap(({ proposalId }) => proposalId ?? []));
    },

    page({ alertId, filter: { overdue, states }, now, page }) {
      const isOverdue = `"state" = 'OPEN' AND "due_at" <= ?`;
      return campaigns.page({
        ...{ now, page, states: states?.flatMap((state) => STAGES_OF[state]) },
        where: [
          ...is("parent", alertId),
          ...(overdue === undefined ? [] : [[overdue ? isOverdue : `NOT (${isOverdue})`, now] as const]),
        ],
      });
    },

    items: ({ campaignId, now, page, states }) =>
      items.page({ now, states, page: { ...page, orderBy: "OLDEST" }, where: is("parent", campaignId) }),

    decide: ({ access, campaignId, id }, decision) =>
      step({
        ...{ author: decision.by.callerId, actId: `review:${campaignId}:decided:${id}` },
        async work(run) {
          const { at, by, reason: text, verdict } = decision;
          const counted = (kept: Campaign) => ({ ...kept, decided: kept.decided + 1 });
          const campaign = await campaignSql.take(run, campaignId, { at, from: ["OPEN"], change: counted });
          await itemSql.take(run, id, { at, from: ["UNDECIDED"], change: (kept) => ({ ...kept, decision }) });
          const said = { event: "DECIDED", at, author: by.callerId, text, itemId: id, verdict } as const;
          return reviewAct(actOf(campaign, { ...said, access: accessOf({ access }) }), id);
        },
      }).catch(fail),

    propose: (campaign, { at, by, proposalId, reason }) =>
      write(actOf(campaign, { event: "PROPOSED", at, author: by, text: reason, proposalId }), proposalId, (run) => {
        const change = asRead(campaign, { state: "PROPOSED", proposalId });
        return campaignSql.take(run, campaign.id, { at, from: STANDING, change });
      }),

    close(campaign, { at, by, outcomes, reason, reportSha256 }) {
      const { id, proposalId } = campaign;
      const act = actOf(campaign, { event: "CLOSED", at, author: by, text: reason, proposalId, reportSha256 });
      const known = outcomes.flatMap((each) =>
        each.outcome === null ? [] : { ...each, text: JSON.stringify(each.outcome) },
      );
      return write(act, "", async (run) => {
        const change = asRead(campaign, { state: "CLOSED", closed: { at, by, reportSha256 } });
        await campaignSql.take(run, id, { at, from: STANDING, change });
        for (const [text, alike] of groupBy(known, (each) => each.text))
          for (let from = 0; from < alike.length; from += PART) {
            const ids = alike.slice(from, from + PART).map((each) => each.id);
            const set = `UPDATE case_file SET "outcome" = ?, "is_over" = TRUE, "version" = "version" + 1
              WHERE ${itemSql.of} AND "id" IN (${ids.map(() => "?").join(", ")})`;
            await run(sql(set), [text, ...ids]);
          }
      });
    },

    async exceptions(now) {
      const until = new Map<string, number>();
      for (const { access, decision } of await items.look([
        [`"state" = 'EXCEPTED' AND "decided_at" > ?`, now - MAX_DAYS * DAY_MS],
      ])) {
        const [key, at] = [exceptionKey(access), decision?.exceptUntil ?? 0];
        if (at > now) until.set(key, Math.max(at, until.get(key) ?? 0));
      }
      return until;
    },

    async toRepeat(now, after) {
      if (after !== null && !isStorable(after)) return [];
      const due: Condition[] = [
        [`"opened_at" + ${number("repeatEveryDays")} * ${DAY_MS} <= ?`, now],
        [`${number("repeatUntil")} > ?`, now],
        ...(after === null ? [] : [[`"id" > ?`, after] as const]),
        [`NOT EXISTS (SELECT 1 FROM case_file AS n WHERE n."kind" = 'REVIEW_CAMPAIGN' AND n."slot" = case_file."id")`],
      ];
      return campaigns.look(due, `ORDER BY "id" LIMIT ${MOST_DUE}`);
    },
  };
}
