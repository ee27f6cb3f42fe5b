import type { ApiKeys, KeyContent } from "../../callers/apiKeys.ts";
import { seesPseudonyms } from "../../callers/permissions.ts";
import type { Identity } from "../../callers/types.ts";
import type { DirectoryAdmin } from "../../directory/admin.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import { badInput, conflict, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import type { PolicyAdmin, Reviewed, Written } from "../../policy/admin.ts";
import type { CarriedOut } from "../../policy/fourEyes.ts";
import type { DetectorChange, ProposedDetectors } from "./detectorChange.ts";
import type { KeptProposal, Proposal, ProposedChange } from "./proposal.ts";
import { keyContent } from "./proposalInput.ts";
import { refusal, shownOnce } from "./proposalSteps.ts";
import type { Review } from "./review.ts";
import type { ProposalStore } from "./store.ts";
import type { ProposedSuppressions, SuppressionChange } from "./suppressionChange.ts";

/** Does what was approved. */
export interface CarryOut {
  apply(caller: Identity, proposal: Proposal, dryRun: boolean): Promise<Written>;
  createKey(
    caller: Identity,
    proposal: Proposal,
    made: {
      readonly key: KeyContent;
      readonly reason: string;
      /** That of the policy by which the proposal was looked at. */
      readonly policyRevision: number;
    },
  ): ReturnType<ApiKeys["create"]>;
}

const stale = (id: string, because: string): ScopewardenError =>
  new ScopewardenError(
    "CONFLICT",
    `Proposal ${id} is out of date (${because}) and was not applied: look at it again, and have it approved anew.`,
  );

export function createCarryOut(deps: {
  readonly store: Pick<ProposalStore, "find">;
  readonly policy: PolicyAdmin;
  readonly directory: DirectoryAdmin;
  readonly apiKeys: ApiKeys;
  readonly detectors: ProposedDetectors;
  readonly suppressions: ProposedSuppressions;
  readonly clock: Clock;
  readonly review: Review;
}): CarryOut {
  const { store, policy, directory, apiKeys, detectors, suppressions, clock, review } = deps;

  const carriedOut = (caller: Identity, { id, digest }: Proposal): CarriedOut => ({
    proposalId: id,
    digest,
    by: caller.id,
    at: clock(),
  });

  /** Once more at each attempt: between two of them somebody may have applied, renewed or rejected it. */
  async function stillApproved({ id, digest }: Proposal): Promise<KeptProposal> {
    const kept = await store.find(id);
    if (kept === null) throw new ScopewardenError("NOT_FOUND", `There is no proposal ${id}.`);
    if (kept.state !== "APPROVED") throw conflict(refusal(kept));
    if (kept.digest !== digest) throw stale(id, "it was renewed meanwhile");
    return kept;
  }

  function reviewed(caller: Identity, proposal: Proposal): Reviewed {
    return {
      carriedOut: carriedOut(caller, proposal),
      async asApproved(applied) {
        const because = await review.difference(await stillApproved(proposal), applied);
        if (because !== null) throw stale(proposal.id, because);
      },
    };
  }

  /** The policy does not change by it. */
  async function applyToDirectory(
    caller: Identity,
    proposal: Proposal,
    change: Extract<ProposedChange, { readonly kind: "DIRECTORY" }>,
  ): Promise<void> {
    const { put, remove } = change;
    await directory.carryOut(
      { author: caller.id, reason: proposal.reason, isBlind: seesPseudonyms(caller), put, remove },
      {
        carriedOut: carriedOut(caller, proposal),
        async asApproved() {
          await stillApproved(proposal);
          if (!review.isDirectoryEffect(change, proposal.effect))
            throw stale(proposal.id, "entities that it touches have moved");
        },
      },
    );
  }

  const applyToDetector = (caller: Identity, proposal: Proposal, set: DetectorChange): Promise<void> =>
    detectors.carryOut(
      set,
      { author: caller.id, reason: proposal.reason },
      {
        carriedOut: carriedOut(caller, proposal),
        async asApproved(effect) {
          await stillApproved(proposal);
          if (review.detectorEffect(effect).effect !== proposal.effect)
            throw stale(proposal.id, "the detector was set meanwhile");
        },
      },
    );

  async function suppress(caller: Identity, proposal: Proposal, change: SuppressionChange): Promise<void> {
    await suppressions.carryOut(
      change,
      { author: caller.id, reason: proposal.reason },
      {
        carriedOut: carriedOut(caller, proposal),
        async asApproved() {
          await stillApproved(proposal);
        },
      },
    );
  }

  async function unchanged({ reason }: Proposal, caller: Identity, dryRun: boolean): Promise<Written> {
    const { revision } = policy.current();
    const standing = await policy.revision(revision);
    const nothing = { revision, author: caller.id, reason, committedAt: clock(), changeCount: 0 };
    return { ...(standing ?? nothing), dryRun, findings: [] };
  }

  return {
    async apply(caller, proposal, dryRun) {
      const { change, reason } = proposal;
      const write = { author: caller.id, reason, dryRun };
      switch (change.kind) {
        case "POLICY":
          return policy.apply({ ...write, operations: change.operations }, reviewed(caller, proposal));
        case "ROLLBACK":
          return policy.rollback({ ...write, toRevision: change.toRevision }, reviewed(caller, proposal));
        case "DIRECTORY":
          if (!dryRun) await applyToDirectory(caller, proposal, change);
          return unchanged(proposal, caller, dryRun);
        case "DETECTOR":
          if (!dryRun) await applyToDetector(caller, proposal, change.set);
          return unchanged(proposal, caller, dryRun);
        case "SUPPRESSION":
          if (!dryRun) await suppress(caller, proposal, change.suppress);
          return unchanged(proposal, caller, dryRun);
        case "API_KEY":
          throw shownOnce(proposal.id);
      }
    },

    async createKey(caller, proposal, { key, reason, policyRevision }) {
      const { change } = proposal;
      if (change.kind !== "API_KEY" || !sameJson(keyContent(key) as unknown as Json, change.key as unknown as Json))
        throw badInput([{ path: "input", message: "is not the key that was approved" }]);
      return apiKeys.create(
        { ...keyContent(key), reason, by: caller },
        { ...carriedOut(caller, proposal), policyRevision },
      );
    },
  };
}
