import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Written } from "../domain/policy/admin.ts";
import type { PolicyFinding as DomainFinding } from "../domain/policy/finding.ts";
import { proposedEntities } from "../domain/simulation/proposals/proposedEntity.ts";
import type { ReplayFilter } from "../domain/simulation/proposals/report.ts";
import type { ProposalFilter } from "../domain/simulation/proposals/store.ts";
import { AccessDifference } from "./accessDifference.ts";
import { nameOf } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { DRY_RUN } from "./change.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionList } from "./decisions.ts";
import { ProposalKindEnum, ProposalStateEnum } from "./enums.ts";
import { flag, id, oneOf } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import {
  commentOf,
  outcomeOf,
  type PrintedProposal,
  Proposal,
  ProposalComment,
  ProposalOutcome,
  ProposePolicyInput,
  proposalOf,
  proposedOf,
  REASON,
  REPLAY_FILTER,
} from "./proposalTypes.ts";
import { Replay, replayOf } from "./replayTypes.ts";
import {
  AFTER_CHANGE,
  changeOf,
  changePage,
  FIRST_CHANGES,
  MOST_FINDINGS,
  PolicyChange,
  PolicyFinding,
  PolicyRevision,
} from "./revisions.ts";
import { ChangeCursor, Json, PositiveInt } from "./scalars.ts";

const ID_OF = { description: "The proposal's id." };
const MOST_COMMENTS = 200;

@Resolver(() => Proposal)
class ProposalFields {
  @FieldResolver(() => String, { description: "Who made it: the name of their key, or the subject of their token." })
  async author(@Root() { resolved }: PrintedProposal, @Ctx() ctx: GraphqlContext): Promise<string> {
    return (await nameOf(ctx, resolved.author.callerId)).name;
  }

  @FieldResolver(() => Json, {
    nullable: true,
    description: "Of the DIRECTORY, what is put, for auditors. Others see `entityCounts`.",
  })
  putEntities(@Root() { resolved }: PrintedProposal, @Ctx() { caller }: GraphqlContext): unknown {
    return proposedEntities(caller, resolved.proposal.change)?.put ?? null;
  }

  @FieldResolver(() => Json, {
    nullable: true,
    description: "Of the DIRECTORY, what is taken out, for auditors. Others see `entityCounts`.",
  })
  deleteEntities(@Root() { resolved }: PrintedProposal, @Ctx() { caller }: GraphqlContext): unknown {
    return proposedEntities(caller, resolved.proposal.change)?.remove ?? null;
  }

  @FieldResolver(() => [PolicyFinding], { description: "What the change may allow more, and what it leaves as it is." })
  findings(
    @Root() { resolved }: PrintedProposal,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      description: `Only the first so many, 1 or more; absent, or more: ${MOST_FINDINGS}.`,
    })
    first: number | null | undefined,
  ): readonly DomainFinding[] {
    return resolved.findings.slice(0, Math.min(first ?? MOST_FINDINGS, MOST_FINDINGS));
  }

  @FieldResolver(() => [ProposalComment], { description: "What was said of it, the oldest first." })
  comments(
    @Root() { resolved }: PrintedProposal,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      defaultValue: MOST_COMMENTS,
      description: `How many at most, 1 or more; more than ${MOST_COMMENTS} there can't be.`,
    })
    first: number | null | undefined,
    @Ctx() { loaders }: GraphqlContext,
  ) {
    return loaders.counted(resolved.comments.slice(0, first ?? MOST_COMMENTS)).map(commentOf);
  }

  @FieldResolver(() => Replay, {
    nullable: true,
    description:
      "What it would have done to past decisions, the beginnings of the lists. Null: nothing was replayed, as in an emergency; or, with `reportedAt`, the change asks for a patient, a person, a resource, an address or a time of the day, and only auditors see what of past decisions it finds.",
  })
  async replay(@Root() { resolved }: PrintedProposal, @Ctx() { domain, caller }: GraphqlContext) {
    const seen = resolved.report === null ? null : await domain.replays.seen(caller, resolved.report.replay);
    return seen === null ? null : replayOf(seen);
  }

  @FieldResolver(() => AccessDifference, {
    nullable: true,
    description:
      "What it does to access, whatever is asked: on the policy of now, or, once it is applied, what it did. Null where it is neither open nor applied, and of entities, keys, detectors and suppressions.",
  })
  async access(@Root() { resolved }: PrintedProposal, @Ctx() { domain, loaders }: GraphqlContext) {
    const access = await domain.proposals.access(resolved.proposal);
    return access === null ? null : { ...access, cells: loaders.counted(access.cells) };
  }

  @FieldResolver(() => [PolicyChange], {
    nullable: true,
    description:
      "What it does to each thing of the policy, as `changes` of a revision: on the policy of now, or, once it is applied, what it did. Null as `access` is. LIMIT_EXCEEDED for more than five proposals in one request.",
  })
  async changes(
    @Root() { resolved }: PrintedProposal,
    @Arg("first", () => PositiveInt, FIRST_CHANGES) first: number | null | undefined,
    @Arg("after", () => ChangeCursor, AFTER_CHANGE) after: string | null | undefined,
    @Ctx() { domain, loaders }: GraphqlContext,
  ) {
    const page = changePage(first, after);
    const found = await loaders.dear("changes of a proposal", () => domain.proposals.changes(resolved.proposal, page));
    return found === null ? null : loaders.counted(found).map(changeOf);
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class ProposalResolver {
  @Query(() => Proposal, {
    nullable: true,
    description: "One proposal as it is now; null when there is none of this id.",
  })
  async proposal(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain }: GraphqlContext) {
    const found = await domain.proposals.find(given);
    return found === null ? null : proposalOf(found);
  }

  @Query(() => ProposalOutcome, {
    description:
      "What came of an applied change of the policy: the newest decisions since, made again by the policy before it. NOT_FOUND; CONFLICT where it was not applied; FORBIDDEN to who is no auditor where its `replay` is shown to auditors alone.",
  })
  async proposalOutcome(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    return outcomeOf(await domain.proposals.outcome(caller, given));
  }

  @Mutation(() => Proposal, {
    description:
      "Proposes a change, tries it on the policy as it is and replays past decisions under it. Nothing changes until somebody else has approved it and it is applied. BAD_USER_INPUT as of the change itself, with paths from `input`, and for one that would change nothing.",
  })
  async proposePolicy(
    @Arg("input", () => ProposePolicyInput, { description: "The change, and why." })
    input: InstanceType<typeof ProposePolicyInput>,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.propose(caller, proposedOf(input)));
  }

  @Mutation(() => Proposal, { description: "Says something of a proposal, in any state. At most 200 comments each." })
  async commentProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("text", () => String, { description: "What, in 1 to 4000 characters." }) said: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.comment(caller, { id: given, text: said }));
  }

  @Mutation(() => Proposal, {
    description:
      "Looks at a proposal anew, on the policy of now and with a new report. It has another digest then, and is OPEN: earlier approvals no longer count. FORBIDDEN to who would lose access by it, where an access review made it, and then also to who does not say who they are.",
  })
  async refreshProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("replay", () => decisionList.filterType, { nullable: true, description: REPLAY_FILTER })
    replay: ReplayFilter | null | undefined,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.renew(caller, { id: given, replay, reason }));
  }

  @Mutation(() => Proposal, {
    description:
      "Approves a proposal as it was read. FORBIDDEN to its author, by whatever key, and to who does not say who they are; CONFLICT where it is not OPEN, or is not under this digest.",
  })
  async approveProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("digest", () => String, { description: "The `digest` of the proposal that was read." }) digest: string,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Arg("flipsReason", () => String, {
      nullable: true,
      description:
        "Why so many decisions may flip, in 1 to 2000 characters. Needed where a report is required and more flip than `SCOPEWARDEN_REPLAY_MAX_FLIPS`, and always where `replay` is shown to auditors alone.",
    })
    flipsReason: string | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.approve(caller, { id: given, digest, reason, flipsReason }));
  }

  @Mutation(() => Proposal, {
    description:
      "Rejects a proposal, for good, also one that was approved. FORBIDDEN to who would lose access by it, where an access review made it, and then also to who does not say who they are.",
  })
  async rejectProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.reject(caller, { id: given, reason }));
  }

  @Mutation(() => Proposal, {
    description:
      "Withdraws one's own proposal, for good. FORBIDDEN to anybody else; if an access review proposes it, also to an author who would lose access by it, or does not say who they are.",
  })
  async withdrawProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return proposalOf(await domain.proposals.withdraw(caller, { id: given, reason }));
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Applies an approved proposal, exactly as it was approved, and answers with the revision; of the directory with the policy's, which stays. CONFLICT where it is not APPROVED, or what it touches has moved: then nothing changes. A key is made by `createApiKey` with its `proposal`.",
  })
  applyProposal(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("dryRun", () => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN }) dryRun: boolean | null,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Written> {
    return domain.proposals.apply(caller, { id: given, dryRun });
  }
}

const connection = caseConnectionOf("Proposal", "proposals", Proposal);
const proposalList = listOf<ProposalFilter, CasePageArgs>(
  {
    name: "proposals",
    description:
      "Proposals. A page may be shorter than `first` while more follow, as some states are seen only when a proposal is looked at.",
    connection: connection.type,
    filter: {
      type: "ProposalFilter",
      description: "Narrows a list of proposals; all that is given must hold.",
      members: {
        states: oneOf(ProposalStateEnum).list("Those in one of these states."),
        kind: oneOf(ProposalKindEnum)("Those of this kind."),
        emergency: flag("Whether they are emergencies."),
        callerId: id("Those that this caller made."),
      },
    },
  },
  CasePageArgs,
  async ({ domain }, filter, args) => {
    const request = casePageRequest("proposals", args);
    const page = await domain.proposals.page({ filter, page: request });
    return toCaseConnection("proposals", request, page, proposalOf);
  },
);

export const proposalResolvers = [
  viewerMayOf(Proposal, "PROPOSAL"),
  ProposalFields,
  ProposalResolver,
  proposalList,
  connection.resolver,
];
