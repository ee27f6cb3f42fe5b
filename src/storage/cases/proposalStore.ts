import type { DataSource } from "typeorm";
import { samePerson } from "../../domain/callers/samePerson.ts";
import { shownPage } from "../../domain/cases/casePages.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { proposalAct } from "../../domain/record/acts.ts";
import type { Approval, KeptProposal } from "../../domain/simulation/proposals/proposal.ts";
import { actOf, proposalKind, requireDigest } from "../../domain/simulation/proposals/proposalKind.ts";
import { PROPOSAL_STEPS } from "../../domain/simulation/proposals/proposalSteps.ts";
import type { ProposalStore, Step } from "../../domain/simulation/proposals/store.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { Dialect } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { createCaseEntries } from "./caseEntries.ts";
import { createCaseSql, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

export function createCloseProposal(deps: {
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): CloseProposal {
  const proposals = createCaseSql(deps.dialect, proposalKind);
  return async (run, { proposalId, digest, by, at, policyRevision }, revision) => {
    if (policyRevision !== undefined) {
      const [head] = (await run('SELECT MAX("revision") AS head FROM policy_revision')).rows;
      if (Number(head?.head ?? 0) !== policyRevision)
        throw new ScopewardenError("CONFLICT", "The policy has just changed. Nothing was made; try again.");
    }
    const applied = await proposals.take(run, proposalId, {
      ...{ at, from: ["APPROVED"] },
      change(kept) {
        requireDigest(kept, digest);
        return { ...kept, state: "APPLIED", closed: { at, by, reason: null }, appliedRevision: revision };
      },
    });
    await deps.putOnRecord(run, proposalAct(actOf(applied, "APPLIED", { at, author: by, revision }), ""));
  };
}

type Said = Pick<Approval, "digest" | "reason" | "flipsReason">;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "No proposal can be read.", error));
const { approve, comment, reject, renew } = PROPOSAL_STEPS;
const stepOf = ({ act, once }: Step) => ({
  ...{ act: proposalAct(act, once), at: act.at, author: act.author, event: act.event },
});

/** Proposals, whose approvals and comments are entries. */
export function createProposalStore(deps: CaseDeps): ProposalStore {
  const { lists, source } = deps;
  const cases = createCaseStore(deps, proposalKind, {
    actOf: (of) =>
      proposalAct(actOf(of, "PROPOSED", { at: of.createdAt, author: of.author.callerId, text: of.reason }), ""),
  });
  const entries = createCaseEntries(deps.dialect);

  /** With what was said of them. */
  async function whole(from: DataSource, kept: readonly KeptProposal[]): Promise<readonly KeptProposal[]> {
    const ids = kept.map(({ id }) => id);
    const said = await entries.of(from, ids);
    return kept.map((each) => {
      const own = said.filter(({ caseId }) => caseId === each.id);
      return {
        ...each,
        approvals: own.flatMap(({ at, body, by, kind }) =>
          kind === "APPROVAL" ? [{ ...by, at, ...(body as unknown as Said) }] : [],
        ),
        comments: own.flatMap(({ at, body, by, id, kind }) =>
          kind === "COMMENT" ? [{ id, at, callerId: by.callerId, ...(body as { readonly text: string }) }] : [],
        ),
      };
    });
  }
  const lookedUp = (kept: readonly KeptProposal[]) => answerWithin(LOOKUP_MS, () => whole(source, kept)).catch(fail);

  return {
    count: cases.count,
    countDecided: cases.countDecided,
    findAll: async (ids) => lookedUp(await cases.findAll(ids)),
    waiting: async (query) => lookedUp(await cases.waiting(query)),
    find: async (id) => (await lookedUp(await cases.findAll([id])))[0] ?? null,
    due: (now, most) => cases.look([['"decided_at" IS NULL AND "ends_at" <= ?', now]], `ORDER BY "id" LIMIT ${most}`),
    add: (proposal) => cases.open(proposal),

    async page({ filter: { callerId, emergency, kind, states }, ...query }) {
      const where = [
        ...is("opened_by", callerId),
        ...cases.inBody("kind", kind),
        ...cases.inBody("emergency", emergency),
      ];
      const found = await cases.page({ ...query, states, where });
      const kept = found.items.map(({ node }) => node);
      return shownPage(found, await whole(lists, kept).catch(fail));
    },

    comment: (id, { at, callerId, id: commentId, text }, { most, ...step }) =>
      cases.step(id, {
        ...stepOf(step),
        from: comment.from,
        async beside(run) {
          if ((await entries.count(run, id, "COMMENT")) >= most)
            throw new ScopewardenError("LIMIT_EXCEEDED", `A proposal has at most ${most} comments.`);
          const by = { callerId, subject: null };
          await entries.insert(run, { id: commentId, caseId: id, kind: "COMMENT", at, by, body: { text } });
        },
        change: (kept) => kept,
      }),

    approve(id, { at, digest, flipsReason, reason, ...by }, step) {
      const body: Said = { digest, reason, flipsReason };
      let before = 0;
      return cases.step(id, {
        ...stepOf(step),
        from: approve.from,
        beside: (run) =>
          entries.insert(run, {
            id: `${id}:${digest}:${before + 1}`,
            caseId: id,
            kind: "APPROVAL",
            at,
            by,
            body: { ...body },
          }),
        async change(kept, run) {
          requireDigest(kept, digest);
          const others = await entries.approvers(run, id, digest);
          // Twice at the same time: each of the two requests saw the other's approval not yet.
          if (others.some((other) => other.callerId === by.callerId || samePerson(other, by)))
            throw new ScopewardenError(
              "CONFLICT",
              `Proposal ${id} is approved by two people, and you have approved it.`,
            );
          before = others.length;
          return { ...kept, state: before + 1 < kept.approvalsNeeded ? "OPEN" : "APPROVED" };
        },
      });
    },

    renew: (id, { from, next }, step) =>
      cases.step(id, {
        ...stepOf(step),
        from: renew.from,
        change(kept) {
          requireDigest(kept, from);
          return { ...kept, ...next, state: "OPEN" };
        },
      }),

    close: (id, state, step) =>
      cases.step(id, {
        ...stepOf(step),
        from: state === "EXPIRED" ? [state] : reject.from,
        change(kept) {
          if (kept.closed !== null) throw new ScopewardenError("CONFLICT", `Proposal ${id} was closed already.`);
          const { at, author: by, text: reason } = step.act;
          return { ...kept, state, closed: { at, by, reason } };
        },
      }),
  };
}
