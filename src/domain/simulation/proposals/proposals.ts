import type { EntityAsked } from "../../audit/directoryReads.ts";
import type { RecordOpened } from "../../audit/entityOpened.ts";
import type { ApiKeys, KeyContent } from "../../callers/apiKeys.ts";
import { seesPseudonyms } from "../../callers/permissions.ts";
import { personOf } from "../../callers/person.ts";
import { requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import { requireStep } from "../../cases/steps.ts";
import type { DirectoryAdmin } from "../../directory/admin.ts";
import type { Entity } from "../../directory/entity.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe, Clock, NewId, Sha256 } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin, Written } from "../../policy/admin.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { ProposalAct, ProposalEvent } from "../../record/proposalAct.ts";
import { isForAuditors, mostFlipsSeen } from "../replay/seenReplay.ts";
import { type CarryOut, createCarryOut } from "./carryOut.ts";
import type { ProposedDetectors } from "./detectorChange.ts";
import type { Outcomes, ProposalOutcome } from "./outcome.ts";
import { createPages } from "./pages.ts";
import { type Approval, digestOf, type KeptProposal, type Proposal, type Reviewable } from "./proposal.ts";
import { checkComment, checkReason, type ProposePolicyInput, readChange, underInput } from "./proposalInput.ts";
import { actOf, proposalKind } from "./proposalKind.ts";
import { PROPOSAL_STEPS, type ProposalFacts, type ProposalStep, requireNamedAdmin } from "./proposalSteps.ts";
import { openProposedEntity } from "./proposedEntity.ts";
import type { ReplayFilter, Reports } from "./report.ts";
import { createReview, type ProposalRules } from "./review.ts";
import type { ProposalFilter, ProposalStore, Step } from "./store.ts";
import type { ProposedSuppressions } from "./suppressionChange.ts";

interface About {
  readonly id: string;
  readonly reason: string;
}

/** Changes that somebody else must approve. All reject with NOT_FOUND for an id that there is not. */
export interface Proposals {
  /** Tried and replayed at once. @throws ScopewardenError BAD_USER_INPUT with every problem, FORBIDDEN */
  propose(caller: Identity, input: ProposePolicyInput): Promise<Proposal>;
  /** The undecided one with the same operations, or else a new one. */
  proposeOnce(
    caller: Identity,
    input: Pick<ProposePolicyInput, "title" | "reason"> & { readonly operations: readonly PolicyOperation[] },
  ): Promise<Proposal>;
  find(id: string): Promise<Proposal | null>;
  /** Those of these ids that there are, in no order. */
  findAll(ids: readonly string[]): Promise<readonly Proposal[]>;
  page(query: { readonly filter: ProposalFilter; readonly page: CasePageRequest }): Promise<CasePage<Proposal>>;
  comment(caller: Identity, comment: { readonly id: string; readonly text: string }): Promise<Proposal>;
  /**
   * A new look on the policy of now, with a new report over what `replay` lets through. Approvals so far count no more.
   * @throws ScopewardenError FORBIDDEN to who would lose access by it, where an access review made it
   */
  renew(caller: Identity, about: About & { readonly replay?: ReplayFilter | null | undefined }): Promise<Proposal>;
  /** @throws ScopewardenError FORBIDDEN to its author, by whatever key; CONFLICT for another digest, or what can't be approved */
  approve(
    caller: Identity,
    about: About & { readonly digest: string; readonly flipsReason?: string | null | undefined },
  ): Promise<Proposal>;
  /** @throws ScopewardenError FORBIDDEN to who would lose access by it, where an access review made it */
  reject(caller: Identity, about: About): Promise<Proposal>;
  /** @throws ScopewardenError FORBIDDEN to anybody but its author, and to an author as `reject` is */
  withdraw(caller: Identity, about: About): Promise<Proposal>;
  /** Exactly what was approved, or nothing. @throws ScopewardenError CONFLICT */
  apply(caller: Identity, about: { readonly id: string; readonly dryRun: boolean | null }): Promise<Written>;
  /** Makes the key that was approved. @throws ScopewardenError CONFLICT, BAD_USER_INPUT for another key */
  createKey(caller: Identity, about: About & { readonly key: KeyContent }): ReturnType<ApiKeys["create"]>;
  /** What came of an applied one. @throws ScopewardenError CONFLICT, FORBIDDEN */
  outcome(caller: Identity, id: string): Promise<ProposalOutcome>;
  readonly access: Outcomes["access"];
  readonly changes: Outcomes["changes"];
  /** Closes those whose time is over, and answers with their ids. */
  expireDue(): Promise<readonly string[]>;
  /** @throws ScopewardenError as `openProposedEntity`, NOT_FOUND */
  entity(caller: Identity, asked: EntityAsked & { readonly proposalId: string }): Promise<Entity | null>;
  readonly desk: CaseDesk;
}

interface ProposalDeps {
  readonly store: ProposalStore;
  readonly policy: PolicyAdmin;
  readonly directory: DirectoryAdmin;
  readonly apiKeys: ApiKeys;
  readonly detectors: ProposedDetectors;
  readonly suppressions: ProposedSuppressions;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly sha256: Sha256;
  readonly breathe: Breathe;
  readonly rules: ProposalRules;
  readonly newSecret: () => string;
  readonly recordOpened: RecordOpened;
  readonly reports: Reports;
  readonly outcomes: Outcomes;
  /** Who may not end one of these, nor have its approvals count no more. */
  readonly stopping: (
    proposals: readonly Pick<Proposal, "change" | "id">[],
  ) => Promise<ProposalFacts["requireMayStop"]>;
}

const OPENED_BY_ANOTHER =
  "An entry of a proposal is opened by who may approve it, who is somebody else than its author";

const HOUR_MS = 60 * 60 * 1000;
/** An emergency that waits is none. */
const EMERGENCY_MS = HOUR_MS;
const MAX_COMMENTS = 200;
/** Closed at one look. */
const EXPIRED_AT_ONCE = 100;
/** Who closes what nobody decided. */
const ITSELF = "scopewarden:proposals";

const stepOf = (
  proposal: Parameters<typeof actOf>[0],
  event: ProposalEvent,
  { once = "", ...said }: Pick<ProposalAct, "at" | "author"> & Partial<ProposalAct> & { readonly once?: string },
): Step => ({ once, act: actOf(proposal, event, said) });

export function createProposals(deps: ProposalDeps): Proposals {
  const { store, policy, directory, clock, newId, sha256, breathe, rules, reports } = deps;
  const review = createReview(deps);
  const carryOut: CarryOut = createCarryOut({ ...deps, review });
  const page = createPages({ store, review, clock, breathe });

  async function kept(id: string): Promise<KeptProposal> {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no proposal ${id}.`);
    return found;
  }

  /** On the newest policy, also where another instance has made it: a decision about a proposal must not miss it. */
  async function newest(id: string): Promise<Proposal> {
    const found = await kept(id);
    await (found.change.kind === "DIRECTORY" ? directory.refresh() : policy.refresh());
    return review.look(found);
  }

  const now = async (id: string): Promise<Proposal> => review.look(await kept(id));

  async function factsOf(proposals: readonly Pick<Proposal, "change" | "id">[]): Promise<ProposalFacts> {
    const suppressed = proposals.flatMap(({ change }) => (change.kind === "SUPPRESSION" ? change.suppress : []));
    const requireSomebodyElse = await deps.suppressions.requireSomebodyElse(suppressed);
    return {
      replayRequired: rules.replayRequired,
      requireNotAbout(caller, { change }) {
        if (change.kind === "SUPPRESSION") requireSomebodyElse(caller, change.suppress);
      },
      requireMayStop: await deps.stopping(proposals),
      requireMayMake(caller, key) {
        deps.apiKeys.check({ ...key, reason: "approved" });
        deps.apiKeys.requireMayMake(caller, key);
      },
    };
  }
  /** @throws ScopewardenError FORBIDDEN, CONFLICT */
  async function requireMay(caller: Identity, of: Proposal, step: ProposalStep): Promise<void> {
    const facts = await factsOf([of]);
    requireStep(PROPOSAL_STEPS[step], caller, { kind: proposalKind, of, facts, now: clock() });
  }

  async function looked(kept: readonly KeptProposal[]): Promise<readonly Proposal[]> {
    const seen: Proposal[] = [];
    for (const each of kept) {
      await breathe();
      seen.push(await review.look(each));
    }
    return seen;
  }

  async function reviewed(
    by: { readonly caller: Caller; readonly field: "proposePolicy" | "refreshProposal" },
    { change, emergency, round }: Pick<KeptProposal, "change" | "emergency" | "round">,
    filter: ReplayFilter | null,
  ): Promise<Reviewable> {
    await policy.refresh();
    const baseRevision = policy.current().revision;
    if (change.kind === "API_KEY") deps.apiKeys.check({ ...change.key, reason: "proposed" });
    const { effect, findings } = await review.effectOf(by.caller, change);
    const report = emergency ? null : await reports.make(by, change, filter);
    const looked = { round, baseRevision, effect, findings, report };
    return { ...looked, digest: digestOf({ change, emergency, ...looked }, sha256) };
  }

  function requireFlipsReason({ report }: Proposal, flipsReason: string | null): void {
    if (flipsReason !== null) {
      const problem = reasonProblem(flipsReason);
      if (problem !== null) throw badInput([{ path: "flipsReason", message: problem }]);
      return;
    }
    if (!rules.replayRequired) return;
    // Where there was no decision, nothing is hidden from who approves.
    if (report !== null && report.replay.read > 0 && (isForAuditors(report.replay) || report.replay.asksOfPeople)) {
      const message =
        "is missing: only auditors see all that this change would have done to past decisions, so every approval of it gives a reason";
      throw badInput([{ path: "flipsReason", message }]);
    }
    const flips = report === null ? 0 : mostFlipsSeen(report.replay);
    if (flips <= rules.mostFlips) return;
    const message = `is missing: more than ${rules.mostFlips} decisions flip, which wants a reason`;
    throw badInput([{ path: "flipsReason", message }]);
  }

  async function close(
    caller: Identity,
    { id, reason }: About,
    [state, step]: readonly ["REJECTED", "reject"] | readonly ["WITHDRAWN", "withdraw"],
  ): Promise<Proposal> {
    checkReason(reason);
    const proposal = await newest(id);
    await requireMay(caller, proposal, step);
    await store.close(id, state, stepOf(proposal, state, { at: clock(), author: caller.id, text: reason }));
    return now(id);
  }

  async function undecided(operations: readonly PolicyOperation[]): Promise<KeptProposal | null> {
    const isSame = ({ change }: KeptProposal): boolean =>
      change.kind === "POLICY" && sameJson(change.operations as unknown as Json, operations as unknown as Json);
    const filter = { states: ["OPEN", "APPROVED"], kind: "POLICY" } as const;
    for (let after: string | null = null; ; ) {
      const page = await store.page({ filter, now: clock(), page: { first: 100, after } });
      const found = page.items.find(({ node }) => isSame(node));
      after = page.items.at(-1)?.key ?? null;
      if (found !== undefined || !page.hasNextPage || after === null) return found?.node ?? null;
    }
  }

  const proposals: Proposals = {
    async proposeOnce(caller, { operations, ...input }) {
      const found = await undecided(operations);
      return found === null ? proposals.propose(caller, { ...input, change: { operations } }) : review.look(found);
    },

    async propose(caller, input) {
      const { title, reason } = input;
      if (input.emergency === null)
        throw badInput([{ path: "input.emergency", message: "must not be null; leave it out for false" }]);
      const emergency = input.emergency ?? false;
      if (emergency) requireNamedAdmin(caller, "To propose");
      const change = await readChange(input, newId);
      const looked = await underInput(
        () => reviewed({ caller, field: "proposePolicy" }, { change, emergency, round: 1 }, input.replay ?? null),
        (path) =>
          path
            .replace(/^(?!input\.filter\.)/, "change.")
            .replace(/^change\.toRevision$/, "change.rollbackTo")
            .replace(/^change\.input\./, "change.apiKey.")
            .replace(/^input\.filter\./, "replay."),
      );
      const createdAt = clock();
      const proposal: KeptProposal = {
        ...looked,
        id: newId(),
        state: "OPEN",
        title,
        reason,
        author: personOf(caller),
        change,
        emergency,
        approvalsNeeded: caller.withoutPerson === true ? 2 : 1,
        createdAt,
        expiresAt: createdAt + (emergency ? EMERGENCY_MS : rules.lifetimeMs),
        approvals: [],
        comments: [],
        closed: null,
        appliedRevision: null,
      };
      (await factsOf([proposal])).requireNotAbout(caller, proposal);
      await store.add(proposal);
      return review.look(proposal);
    },

    async find(id) {
      const problem = identifierProblem(id);
      if (problem !== null) throw badInput([{ path: "id", message: problem }]);
      const found = await store.find(id);
      return found === null ? null : review.look(found);
    },

    findAll: async (ids) => looked(await store.findAll(ids)),

    page,

    async entity(caller, { proposalId, ...asked }) {
      const proposal = await now(proposalId);
      // Whoever could open what they propose themselves would open any entry.
      if (seesPseudonyms(caller))
        requirePersonOtherThan(caller, [proposal.author], OPENED_BY_ANOTHER, proposal.approvalsNeeded);
      const opening = { directory: directory.current, recordOpened: deps.recordOpened };
      return openProposedEntity(opening, caller, { ...asked, proposal });
    },

    async comment(caller, { id, text }) {
      checkComment(text);
      const proposal = await now(id);
      await requireMay(caller, proposal, "comment");
      const comment = { id: newId(), callerId: caller.id, at: clock(), text };
      const step = stepOf(proposal, "COMMENTED", { at: comment.at, author: caller.id, text, once: comment.id });
      await store.comment(id, comment, { ...step, most: MAX_COMMENTS });
      return now(id);
    },

    async renew(caller, { id, reason, replay }) {
      checkReason(reason);
      const proposal = await newest(id);
      await requireMay(caller, proposal, "renew");
      const next = await reviewed(
        { caller, field: "refreshProposal" },
        { ...proposal, round: proposal.round + 1 },
        replay ?? null,
      );
      const at = clock();
      const step = stepOf({ ...proposal, ...next }, "RENEWED", { at, author: caller.id, text: reason, once: newId() });
      await store.renew(id, { from: proposal.digest, next }, step);
      return now(id);
    },

    async approve(caller, { id, digest, reason, flipsReason = null }) {
      checkReason(reason);
      const proposal = await newest(id);
      await requireMay(caller, proposal, "approve");
      if (digest !== proposal.digest) {
        throw new ScopewardenError(
          "CONFLICT",
          `Proposal ${id} is not the one that was read: its digest is ${proposal.digest}. Read it again and decide anew.`,
        );
      }
      requireFlipsReason(proposal, flipsReason);
      const approval: Approval = { ...personOf(caller), at: clock(), digest, reason, flipsReason };
      const step = stepOf(proposal, "APPROVED", {
        at: approval.at,
        author: caller.id,
        text: reason,
        flipsReason,
        once: newId(),
      });
      await store.approve(id, approval, step);
      return now(id);
    },

    reject: (caller, about) => close(caller, about, ["REJECTED", "reject"]),
    withdraw: (caller, about) => close(caller, about, ["WITHDRAWN", "withdraw"]),

    async apply(caller, { id, dryRun }) {
      if (dryRun === null) throw badInput([{ path: "dryRun", message: "must not be null; leave it out for false" }]);
      const proposal = await newest(id);
      await requireMay(caller, proposal, "apply");
      return carryOut.apply(caller, proposal, dryRun);
    },

    async createKey(caller, { id, key, reason }) {
      // Read first: what moves while the proposal is looked at is another revision.
      const { revision: policyRevision } = await policy.refresh();
      const proposal = await newest(id);
      await requireMay(caller, proposal, "createKey");
      return carryOut.createKey(caller, proposal, { key, reason, policyRevision });
    },

    outcome: async (caller, id) => deps.outcomes.of(caller, await now(id)),
    access: deps.outcomes.access,
    changes: deps.outcomes.changes,

    async expireDue() {
      const at = clock();
      const expired: string[] = [];
      for (const due of await store.due(at, EXPIRED_AT_ONCE)) {
        try {
          await store.close(due.id, "EXPIRED", stepOf(due, "EXPIRED", { at, author: ITSELF }));
          expired.push(due.id);
        } catch (error) {
          // Another instance was first, or its author.
          if (!(error instanceof ScopewardenError) || error.code !== "CONFLICT") throw error;
        }
      }
      return expired;
    },

    desk: createCaseDesk({
      kind: proposalKind,
      steps: PROPOSAL_STEPS,
      clock,
      reader: {
        findAll: (ids) => proposals.findAll(ids),
        waiting: async (query) => looked(await store.waiting(query)),
        count: store.count,
        countDecided: store.countDecided,
      },
      async factsOf(proposals) {
        const facts = await factsOf(proposals);
        return () => facts;
      },
      // Who applies it, or makes its key, may have proposed it.
      waitingOf: ({ id, roles }) => (roles.has("admin") || roles.has("auditor") ? {} : { notOpenedBy: id }),
      titleOf: ({ state, title }) => ({
        title: `Proposal “${title}”${state === "APPROVED" ? " is approved: apply it" : ": approve or reject it"}`,
        ...{ subject: null, patient: null, clientId: null },
      }),
    }),
  };
  return proposals;
}
