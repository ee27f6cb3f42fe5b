import { personOf } from "../../callers/person.ts";
import type { Caller, Identity, Person } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CasePage, type CasePageRequest, shownPage } from "../../cases/casePages.ts";
import { requireStep } from "../../cases/steps.ts";
import { fhirVersionOf } from "../../decisions/facts.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, NewId, Sha256 } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { Proposals } from "../../simulation/proposals/proposals.ts";
import type { RecordAct } from "../../simulation/whatIf.ts";
import type { HolderOfAlert } from "../alerts/accessHolder.ts";
import type { AlertStore } from "../alerts/store.ts";
import { accessList } from "./accessList.ts";
import { adviceFor, isObserved } from "./advice.ts";
import {
  BEGUN,
  type Campaign,
  createCampaignsSeen,
  type NewCampaign,
  type ReviewItem,
  type SeenItem,
} from "./campaign.ts";
import { type CampaignTerms, readCampaign, reviewersIn, type StartReviewCampaignInput } from "./campaignInput.ts";
import { campaignKind } from "./campaignKind.ts";
import { CAMPAIGN_STEPS, createClosing } from "./closing.ts";
import { type DecideReviewItemInput, readDecision } from "./decisionInput.ts";
import { beginOf, type EvidenceDeps, evidenceFor, exceptionKey, isStaffsOwn } from "./evidence.ts";
import { itemKind, type ListedItem } from "./itemKind.ts";
import { openEvidence, seenItem } from "./openEvidence.ts";
import { inverseOf } from "./removal.ts";
import { type ReportFormat, type ReviewReport, reportOf } from "./report.ts";
import { type ReviewerFigures, reviewerFigures } from "./reviewerFigures.ts";
import { type ScopeAdvice, scopeAdvice } from "./scopeAdvice.ts";
import type { CampaignFilter, NewItem, ReviewStore } from "./store.ts";
import { ITEM_STEPS, isOwnOfAll, type KnownReviewers } from "./whoMay.ts";

/** Access reviews. All reject with NOT_FOUND for an id that there is not, and with POLICY_UNAVAILABLE. */
export interface AccessReviews {
  /**
   * Lists access as of now, with the evidence of now, and opens a campaign about it; `dryRun`: says how it would begin, and keeps nothing.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; LIMIT_EXCEEDED for more than can be reviewed; CONFLICT where the policy
   * goes on changing meanwhile; JOURNAL_UNAVAILABLE; of an alert what `HolderOfAlert` throws
   */
  start(caller: Identity, input: StartReviewCampaignInput, options?: { readonly dryRun: boolean }): Promise<Campaign>;
  /**
   * Says what is to become of one item, once and for all.
   * @throws ScopewardenError BAD_USER_INPUT; FORBIDDEN for one's own access, and to whom it is not for; CONFLICT where it is decided, or
   * nobody decides any more
   */
  decide(caller: Identity, input: DecideReviewItemInput): Promise<SeenItem>;
  /**
   * Proposes all that is to go as one change, once everything is decided or the time is over; and ends the campaign once that is
   * applied, or was refused with a reason.
   * @throws ScopewardenError CONFLICT, naming what it waits for
   */
  close(
    caller: Identity,
    about: { readonly id: string; readonly reason?: string | null | undefined },
  ): Promise<Campaign>;
  /** As the caller may see it (`CampaignsSeen`); all that follow likewise. */
  find(caller: Identity, id: string): Promise<Campaign | null>;
  page(
    caller: Identity,
    query: { readonly filter: CampaignFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<Campaign>>;
  /** Those that were begun because of an alert, newest first, of the last twenty; none that the caller may not see to be so. */
  ofAlert(caller: Identity, alertId: string): Promise<readonly Campaign[]>;
  items(caller: Identity, query: Omit<Parameters<ReviewStore["items"]>[0], "now">): Promise<CasePage<SeenItem>>;
  /** The operations that would undo its removal or reduction. */
  inverse(item: Pick<ReviewItem, "access" | "decision">): readonly PolicyOperation[];
  report(id: string, format: ReportFormat): Promise<ReviewReport>;
  /** How each reviewer has decided so far. */
  figures(id: string): Promise<readonly ReviewerFigures[]>;
  /** Where scopes could be less, by the use of so many days. @throws ScopewardenError JOURNAL_UNAVAILABLE */
  advice(caller: Caller, asked: { readonly clientId: string | null; readonly days: number }): ScopeAdvice;
  /**
   * Begins anew those whose time has come again, and answers with their ids. One that can't, as it has become too large, keeps none
   * of the others waiting: it is tried again after a day. Rejects with all failures once all are tried.
   */
  repeatDue(): Promise<readonly string[]>;
  /** Ends those whose proposal was applied or refused, and answers with their ids. */
  settleDue(): Promise<readonly string[]>;
  readonly campaignDesk: CaseDesk;
  /** Items of one campaign are one entry. */
  readonly itemDesk: CaseDesk;
}

interface ReviewDeps extends EvidenceDeps {
  /** As `usage`, which waits until all on record is counted, and without waiting. */
  readonly figures: EvidenceDeps["usage"];
  readonly store: ReviewStore;
  readonly policy: Pick<PolicyAdmin, "current" | "refresh">;
  readonly proposals: Pick<Proposals, "propose" | "find" | "findAll" | "withdraw">;
  readonly alerts: Pick<AlertStore, "ownSubjects">;
  readonly holderOfAlert: HolderOfAlert;
  readonly knownReviewers: KnownReviewers;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly sha256: Sha256;
  readonly recordAct: RecordAct;
}

/** Rows of an access list, and items of a campaign. */
const MOST_ROWS = 50_000;
const MOST_ITEMS = 2_000;
/** Campaigns that begin anew at one look. */
const MOST_REPEATED = 20;
/** How often a list is made anew where the policy has changed meanwhile. */
const ATTEMPTS = 3;
/** Who begins a campaign anew, and ends one. */
const ITSELF: Person = { callerId: "scopewarden:reviews", subject: null };

const isConflict = (error: unknown): boolean => error instanceof ScopewardenError && error.code === "CONFLICT";
/** Whether it is soon over by itself: somebody else was first, or the store can't answer. */
const isPassing = (error: unknown): boolean =>
  error instanceof ScopewardenError && ["CONFLICT", "POLICY_UNAVAILABLE", "JOURNAL_UNAVAILABLE"].includes(error.code);
const tooMany = (what: string, most: number): ScopewardenError =>
  new ScopewardenError(
    "LIMIT_EXCEEDED",
    `The campaign would have more than ${most.toLocaleString("en")} ${what}: narrow it by role, client or organization.`,
  );

export function createAccessReviews(deps: ReviewDeps): AccessReviews {
  const { store, policy, clock, newId, sha256, breathe } = deps;

  function checkId(id: string): void {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
  }
  const seen = createCampaignsSeen(deps.alerts);
  async function campaignOf(id: string): Promise<Campaign> {
    checkId(id);
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no campaign ${id}.`);
    return found;
  }
  async function itemsOf({ id }: Pick<Campaign, "id">): Promise<readonly ReviewItem[]> {
    const all: ReviewItem[] = [];
    for (let after: string | null = null; ; ) {
      await breathe();
      const { hasNextPage, items } = await store.items({ campaignId: id, now: clock(), page: { first: 200, after } });
      all.push(...items.map(({ node }) => node));
      after = items.at(-1)?.key ?? null;
      if (!hasNextPage) return all;
    }
  }
  /** Campaigns that could not begin anew, each with when it is tried again: a restart tries all of them. */
  const waitUntil = new Map<string, number>();
  const closing = createClosing({ ...deps, itemsOf });

  /** The items of the access list, and how many rows are none. */
  async function listItems(campaignId: string, terms: CampaignTerms, now: number) {
    const rows = [...accessList(policy.current(), terms, now)];
    if (rows.length > MOST_ROWS) throw tooMany("rows to look at", MOST_ROWS);
    const keys = new Map(rows.map((row) => [row, exceptionKey(row)]));
    rows.sort((a, b) => ((keys.get(a) ?? "") < (keys.get(b) ?? "") ? -1 : 1));
    const { unusedForDays, windowDays } = terms;
    const exceptions = await store.exceptions(now);
    const wantsSmaller = (_: unknown, uses: number): boolean => unusedForDays === null && uses > 0;
    const facts = deps.facts();
    const since = beginOf(windowDays, now);
    const { evidence } = await evidenceFor(deps, rows, { windowDays, now, exceptions, wantsSmaller });
    const items: NewItem[] = [];
    for (const [i, access] of rows.entries()) {
      const found = evidence[i];
      if (found === undefined) continue;
      const { usedBy, ...known } = found;
      const isStaff = isStaffsOwn(facts, access);
      // Who is left out of a list of what is unused was there: of a patient it would tell so.
      const isUnused = isStaff && known.uses === 0 && isObserved(known) && known.exceptUntil === null;
      if (unusedForDays !== null && !isUnused) continue;
      if (items.length === MOST_ITEMS) throw tooMany("items", MOST_ITEMS);
      const asked = { clientId: access.clientId ?? "", scopes: usedBy, since };
      const patients = access.kind === "GRANT" && known.uses > 0 ? await deps.usage.patients(asked) : known.patients;
      const kept = { ...known, isStaff, patients };
      const id = `${campaignId}.${String(items.length + 1).padStart(5, "0")}`;
      items.push({ id, campaignId, access, evidence: kept, advice: adviceFor(access, openEvidence(kept)) });
    }
    return { items, leftOut: rows.length - items.length };
  }

  async function open(
    terms: CampaignTerms,
    by: Pick<NewCampaign, "startedBy" | "follows">,
    check: (items: readonly NewItem[]) => void,
    dryRun = false,
  ): Promise<Campaign> {
    for (let attempt = 1; ; attempt++) {
      const { revision } = await policy.refresh();
      const [id, now] = [newId(), clock()];
      const { items, leftOut } = await listItems(id, terms, now);
      check(items);
      const made = { ...terms, ...by, id, startedAt: now, policyRevision: revision, items: items.length, leftOut };
      if (dryRun) return { ...made, ...BEGUN };
      try {
        await store.start(made, items, sha256(canonicalJson(items as unknown as Json)));
        return campaignOf(id);
      } catch (error) {
        // The list is that of a policy that is no more.
        const moved = isConflict(error) && (await policy.refresh()).revision !== revision;
        if (!moved || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** @throws ScopewardenError BAD_USER_INPUT where there is nothing, or somebody is wanted who may decide it */
  function requireReviewable({ fallbackReviewer, reviewers }: CampaignTerms, items: readonly NewItem[]): void {
    if (items.length === 0)
      throw badInput([{ path: "input", message: "selects nothing: there is no such access to review" }]);
    const own =
      fallbackReviewer === null
        ? items.find(({ access }) => isOwnOfAll(reviewers, access, deps.facts().directory))
        : undefined;
    if (own !== undefined)
      throw badInput([
        {
          path: "input.fallbackReviewer",
          message: "is missing: the reviewers' own access must be decided by somebody else",
        },
      ]);
  }

  /** The next that are to begin anew, those left out that could not and wait. */
  async function toRepeat(now: number): Promise<readonly Campaign[]> {
    for (const [id, at] of waitUntil) if (at <= now) waitUntil.delete(id);
    const due: Campaign[] = [];
    for (let after: string | null = null; due.length < MOST_REPEATED; ) {
      await breathe();
      const part: readonly Campaign[] = await store.toRepeat(now, after);
      due.push(...part.filter(({ id }) => !waitUntil.has(id)));
      after = part.at(-1)?.id ?? null;
      if (after === null) break;
    }
    return due.slice(0, MOST_REPEATED);
  }

  async function factsOf(items: readonly ListedItem[]) {
    const found = await store.campaignReader.findAll([...new Set(items.map(({ campaignId }) => campaignId))]);
    const [known, now] = [new Map(found.map((campaign) => [campaign.id, campaign])), clock()];
    const { directory } = deps.facts();
    return ({ campaignId }: ListedItem) => {
      const campaign = known.get(campaignId);
      if (campaign === undefined) throw new Error(`Items are kept of campaign ${campaignId}, which is not.`);
      return { campaign, now, directory };
    };
  }
  const nobody = { subject: null, patient: null, clientId: null };

  return {
    async start(caller, input, { dryRun } = { dryRun: false }) {
      const { alertId = null } = input;
      const about = alertId === null ? null : await deps.holderOfAlert(caller, alertId);
      const known = await deps.knownReviewers(reviewersIn(input));
      const terms = readCampaign(input, { known, snapshot: await policy.refresh(), now: clock(), about });
      return open(
        terms,
        { startedBy: personOf(caller), follows: null },
        (items) => requireReviewable(terms, items),
        dryRun,
      );
    },

    async decide(caller, input) {
      checkId(input.id);
      const item = await store.findItem(input.id);
      if (item === null) throw new ScopewardenError("NOT_FOUND", `There is no item ${input.id} of a campaign.`);
      const now = clock();
      const facts = { campaign: await campaignOf(item.campaignId), now, directory: deps.facts().directory };
      requireStep(ITEM_STEPS.decide, caller, { kind: itemKind, of: item, facts, now });
      const version = fhirVersionOf(deps.facts());
      const decision = readDecision(input, { item, now, version, by: personOf(caller) });
      await store.decide(item, decision);
      return seenItem(caller, { ...item, decision });
    },

    async close(caller, { id, reason = null }) {
      const problem = reason === null ? null : reasonProblem(reason);
      if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
      await closing.close(caller, await campaignOf(id), reason);
      const [shown = null] = await seen(caller, [await campaignOf(id)]);
      if (shown === null) throw new ScopewardenError("NOT_FOUND", `There is no campaign ${id}.`);
      return shown;
    },

    async find(caller, id) {
      checkId(id);
      const found = await store.find(id);
      const [shown = null] = found === null ? [] : await seen(caller, [found]);
      return shown;
    },

    async page(caller, query) {
      const found = await store.page({ ...query, now: clock() });
      const shown = await seen(
        caller,
        found.items.map(({ node }) => node),
      );
      return shownPage(found, shown);
    },
    async ofAlert(caller, alertId) {
      const page = { first: 20, after: null };
      const { items } = await store.page({ filter: {}, alertId, now: clock(), page });
      const shown = await seen(
        caller,
        items.map(({ node }) => node),
      );
      return shown.filter((campaign) => campaign.alertId === alertId);
    },
    async items(caller, query) {
      const found = await store.items({ ...query, now: clock() });
      return { ...found, items: found.items.map(({ key, node }) => ({ key, node: seenItem(caller, node) })) };
    },
    inverse: (item) => inverseOf(policy.current(), item),

    async report(id, format) {
      const campaign = await campaignOf(id);
      return reportOf({ campaign, items: await itemsOf(campaign) }, format, sha256);
    },

    figures: async (id) => reviewerFigures(await itemsOf({ id })),

    advice: (caller, asked) => scopeAdvice({ ...deps, usage: deps.figures }, caller, asked),

    async repeatDue() {
      return allOf(await toRepeat(clock()), async (before) => {
        const { dueAt, endsAt, id, startedAt } = before;
        const now = clock();
        const times = { dueAt: now + dueAt - startedAt, endsAt: now + endsAt - startedAt };
        const by = { startedBy: ITSELF, follows: id };
        try {
          return (await open({ ...before, ...times }, by, () => undefined)).id;
        } catch (error) {
          if (isPassing(error)) throw error;
          waitUntil.set(id, now + DAY_MS);
          const { code = "INTERNAL", message = "" } = error instanceof ScopewardenError ? error : {};
          const said = `Campaign ${id} can't begin anew, and is tried again in a day: ${message}`;
          throw new ScopewardenError(code, said, { cause: error });
        }
      });
    },

    async settleDue() {
      const proposed: Campaign[] = [];
      for (let after: string | null = null; ; ) {
        const filter = { states: ["PROPOSED"] } as const;
        const { hasNextPage, items } = await store.page({ filter, now: clock(), page: { first: 100, after } });
        proposed.push(...items.map(({ node }) => node));
        after = items.at(-1)?.key ?? null;
        if (!hasNextPage) break;
      }
      return allOf(proposed, async (campaign) =>
        (await closing.settle(ITSELF.callerId, campaign)) ? campaign.id : null,
      );
    },

    campaignDesk: createCaseDesk({
      ...{ kind: campaignKind, steps: CAMPAIGN_STEPS, reader: store.campaignReader, clock },
      factsOf: closing.factsOf,
      titleOf: ({ clientId, title }) => ({ ...nobody, clientId, title: `Close the access review "${title}"` }),
    }),
    itemDesk: createCaseDesk({
      ...{ kind: itemKind, steps: ITEM_STEPS, reader: store.itemReader, factsOf, clock },
      titleOf: (_, { campaign: { title } }) => ({ ...nobody, title: `Decide who keeps access: "${title}"` }),
      entryOf: ({ campaignId }) => campaignId,
    }),
  };
}

/**
 * What came of each campaign, null left out: one that fails keeps none of the others waiting, and is told when all are tried.
 * That another instance was first is no failure.
 */
async function allOf(
  campaigns: readonly Campaign[],
  step: (campaign: Campaign) => Promise<string | null>,
): Promise<readonly string[]> {
  const done: string[] = [];
  const failures: unknown[] = [];
  for (const campaign of campaigns) {
    try {
      const id = await step(campaign);
      if (id !== null) done.push(id);
    } catch (error) {
      if (!isConflict(error)) failures.push(error);
    }
  }
  if (failures.length > 1 && failures.every((error) => error instanceof ScopewardenError)) {
    const [first] = failures;
    throw new ScopewardenError(first?.code ?? "INTERNAL", failures.map(({ message }) => message).join(" "), {
      cause: first,
    });
  }
  if (failures.length > 0) throw failures[0];
  return done;
}
