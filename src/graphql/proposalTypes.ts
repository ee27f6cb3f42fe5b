import type { Json } from "../domain/kernel/canonical.ts";
import { isoTime } from "../domain/kernel/time.ts";
import type { SuppressAlertsInput } from "../domain/monitoring/alerts/suppressing.ts";
import type { ConfigureDetectorInput } from "../domain/monitoring/detectors/detectorAdmin.ts";
import type { ProposalOutcome as DomainOutcome } from "../domain/simulation/proposals/outcome.ts";
import {
  type Approval,
  approvalsLacking,
  type Comment,
  type Proposal as DomainProposal,
} from "../domain/simulation/proposals/proposal.ts";
import type {
  ProposePolicyInput as Asked,
  ProposedChangeInput as ChangeAsked,
  ProposedDirectoryInput as DirectoryAsked,
} from "../domain/simulation/proposals/proposalInput.ts";
import { countEntities, type EntityCount } from "../domain/simulation/proposals/proposedEntity.ts";
import { CreateApiKeyInput, keyContentOf } from "./apiKeys.ts";
import { PolicyOperation } from "./apply.ts";
import { actor, actorOrNull } from "./callers.ts";
import { decisionList } from "./decisions.ts";
import { EntityRef, PutEntity } from "./entities.ts";
import {
  DetectorCodeEnum,
  DetectorMemberEnum,
  DetectorModeEnum,
  ProposalKindEnum,
  ProposalStateEnum,
} from "./enums.ts";
import { FEW, HIDDEN } from "./fewPatients.ts";
import { flag, id, inputType, int, json, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { operationJson } from "./operationJson.ts";

export const REASON = "Why, in 1 to 2000 characters; kept on record.";
export const REPLAY_FILTER =
  "Which past decisions to replay for the report, the newest 10,000 of them; absent: all. Only of changes of the policy. BAD_USER_INPUT for `patient`, `subjectId`, `resourceId`, `ipAddress` and `network`, as reviewers read the report.";
const decisionFilter = of<NonNullable<Asked["replay"]>>(decisionList.filterType);

const ProposedDetectorInput = inputType<Omit<ConfigureDetectorInput, "reason">>(
  "ProposedDetectorInput",
  "How a detector shall be set, as `configureDetector` takes it.",
  {
    detector: oneOf(DetectorCodeEnum)("Which detector."),
    mode: oneOf(DetectorModeEnum)("What becomes of what it finds."),
    parameters: json.orNull("Numbers by name. Those that are given change, the others stay."),
    alertsPerWeek: number.orNull("How many alerts a week somebody can look at: more than 0. Absent or null: it stays."),
    clear: oneOf(DetectorMemberEnum).listOrNull("What is set back before the rest is set."),
  },
);

const ProposedSuppressionInput = inputType<Omit<SuppressAlertsInput, "reason">>(
  "ProposedSuppressionInput",
  "Of whom no alert shall be made for a while, as `suppressAlerts` takes it.",
  {
    alertId: id("An alert that is about the client, person or patient."),
    detector: oneOf(DetectorCodeEnum).orNull("Only what this detector finds; absent: whatever is found."),
    until: time("Until then: later than now, and within 90 days."),
  },
);

const ProposedDirectoryInput = inputType<DirectoryAsked>(
  "ProposedDirectoryInput",
  "What changes in the directory, as one thing: either list, or both, and no entity in both.",
  {
    putEntities: of(PutEntity).listOrNull("As the mutation `putEntities`."),
    deleteEntities: of(EntityRef).listOrNull("As the mutation `deleteEntities`."),
  },
);

/** As it arrives: a key in the form of `createApiKey`, a detector in that of `configureDetector`. */
type GivenChange = Omit<ChangeAsked, "apiKey" | "configureDetector" | "suppressAlerts"> & {
  readonly apiKey?: CreateApiKeyInput | null | undefined;
  readonly configureDetector?: Omit<ConfigureDetectorInput, "reason"> | null | undefined;
  readonly suppressAlerts?: Omit<SuppressAlertsInput, "reason"> | null | undefined;
};
const ProposedChangeInput = inputType<GivenChange>(
  "ProposedChangeInput",
  "What is proposed. Exactly one field is set; more, none or null is refused before anything is read.",
  {
    operations: of(PolicyOperation).listOrNull(
      "A change of the policy, as `applyPolicy` takes it. A rule without an id gets one.",
    ),
    rollbackTo: int.orNull("As `rollbackPolicy`: the revision whose policy shall hold again."),
    directory: of(ProposedDirectoryInput).orNull("A change of the directory."),
    apiKey: of(CreateApiKeyInput).orNull(
      "A key to be made. Once it is approved, `createApiKey` with the same input and this `proposal` makes it, and shows it once.",
    ),
    configureDetector: of(ProposedDetectorInput).orNull("As `configureDetector`."),
    suppressAlerts: of(ProposedSuppressionInput).orNull(
      "As `suppressAlerts`. Nobody proposes, approves or applies one because of an alert that is about them.",
    ),
  },
);

type Given = Omit<Asked, "change"> & { readonly change: GivenChange };
export const ProposePolicyInput = inputType<Given>(
  "ProposePolicyInput",
  "A change that somebody else must approve, and why.",
  {
    title: text("What it is about, in 1 to 200 characters."),
    change: of<GivenChange>(ProposedChangeInput)("What is proposed."),
    reason: text(REASON),
    replay: decisionFilter.orNull(REPLAY_FILTER),
    emergency: flag.or(
      false,
      "A change by two named admins at once: approved by another admin and applied within an hour, without a report. It is marked as such for good.",
    ),
  },
);
const detectorOf = ({
  alertsPerWeek,
  clear,
  detector,
  mode,
  parameters,
}: NonNullable<GivenChange["configureDetector"]>) => ({
  detector,
  mode,
  parameters: (parameters ?? null) as Json,
  alertsPerWeek: alertsPerWeek ?? null,
  clear: clear ?? [],
});
export const proposedOf = ({ change, ...input }: Given): Asked => {
  const { apiKey, configureDetector, suppressAlerts } = change;
  return {
    ...input,
    change: {
      ...change,
      configureDetector: configureDetector ? detectorOf(configureDetector) : null,
      apiKey: apiKey ? keyContentOf(apiKey) : null,
      suppressAlerts: suppressAlerts ? { ...suppressAlerts, detector: suppressAlerts.detector ?? null } : null,
    },
  };
};

const approvalOf = ({ at, callerId, digest, reason, flipsReason }: Approval, current: string) => ({
  at,
  by: { callerId },
  digest,
  reason,
  flipsReason,
  counts: digest === current,
});
const ProposalApproval = objectType<ReturnType<typeof approvalOf>>(
  "Approval",
  "That somebody has approved a proposal, as it was under a digest.",
  {
    at: time("When."),
    by: actor("Who approved it."),
    digest: text("What was approved."),
    reason: text("Why, in their words."),
    flipsReason: text.orNull("Why so many decisions may flip, where that had to be said."),
    counts: flag("Whether it still counts: false where the proposal was renewed since."),
  },
);
export const commentOf = ({ callerId, ...comment }: Comment) => ({ ...comment, by: { callerId } });
export const ProposalComment = objectType<ReturnType<typeof commentOf>>(
  "ProposalComment",
  "What somebody said of a proposal.",
  {
    id: id("Its id."),
    at: time("When."),
    by: actor("Who said it."),
    text: text("What."),
  },
);

/** The proposal with its change in the form in which it is sent. */
export function proposalOf(proposal: DomainProposal) {
  const {
    change,
    closed,
    report,
    approvals,
    comments,
    author,
    createdAt,
    expiresAt,
    findings,
    effect: _,
    ...rest
  } = proposal;
  const isKey = change.kind === "API_KEY";
  return {
    ...rest,
    ...{ at: createdAt, by: author, until: expiresAt },
    kind: change.kind,
    operations: change.kind === "POLICY" ? change.operations.map(operationJson) : [],
    rollbackTo: change.kind === "ROLLBACK" ? change.toRevision : null,
    entityCounts: change.kind === "DIRECTORY" ? countEntities(change) : [],
    apiKey: isKey ? keyJson(change.key) : null,
    configureDetector: change.kind === "DETECTOR" ? change.set : null,
    suppressAlerts:
      change.kind === "SUPPRESSION" ? { ...change.suppress, until: isoTime(change.suppress.until) } : null,
    reportedAt: report?.at ?? null,
    closedAt: closed?.at ?? null,
    closedBy: actorOrNull(closed?.by),
    closedReason: closed?.reason ?? null,
    approvals: approvals.map((approval) => approvalOf(approval, rest.digest)),
    approvalsLacking: approvalsLacking(proposal),
    resolved: { author, comments, report, findings, proposal },
  };
}
export type PrintedProposal = ReturnType<typeof proposalOf>;

/** A key in the form of `CreateApiKeyInput`. */
const keyJson = ({ defaultClientId, expiresAt, roles, ...key }: ReturnType<typeof keyContentOf>) => ({
  ...key,
  roles: roles.map((role) => role.toUpperCase()),
  clientId: defaultClientId,
  until: expiresAt === null ? null : isoTime(expiresAt),
});

export const outcomeOf = ({ giveBack, ...outcome }: DomainOutcome) => ({
  ...outcome,
  giveBack:
    giveBack === null ? null : { ...giveBack, change: { operations: giveBack.change.operations.map(operationJson) } },
});
export const ProposalOutcome = objectType<ReturnType<typeof outcomeOf>>(
  "ProposalOutcome",
  "What came of an applied proposal, beside what its report had forecast.",
  {
    since: time("When it was applied."),
    until: time("Up to when decisions were looked at: now."),
    few: FEW,
    deniedSince: int.orNull(
      `Decisions since that were denied, and that the policy before would have allowed.${HIDDEN}`,
    ),
    allowedSince: int.orNull(
      `Decisions since that were allowed, and that the policy before would have denied.${HIDDEN}`,
    ),
    forecastDenied: int.orNull(
      "The share that the report had forecast, of as many decisions as there were since; null: there is no report, or it is of few patients.",
    ),
    forecastAllowed: int.orNull("The same of those that are allowed."),
    complete: flag("False: there were more decisions than were looked at; the newest were."),
    summary: text("Both in a sentence, such as `denied since: 3, forecast 2`."),
    giveBack: json.orNull(
      "A ready `input` of `proposePolicy` that gives back what is missed, as far as nobody has changed it since; null: nothing is missed, or can be given back.",
    ),
  },
);

const ProposedEntityCount = objectType<EntityCount>(
  "ProposedEntityCount",
  "How many entities of a type a proposal puts or deletes, or puts with a property.",
  {
    type: text("The type."),
    property: text.orNull("The property; null: all of the type."),
    put: int("How many are put; of a property, how many of these have it."),
    deleted: int("How many are taken out; 0 of a property."),
  },
);

export const Proposal = objectType<Omit<PrintedProposal, "resolved">>(
  "Proposal",
  "A change that somebody else than its author must approve, and that is then applied exactly as it was approved.",
  {
    id: id("Its id."),
    state: oneOf(ProposalStateEnum)("Where it stands now."),
    staleBecause: text.orNull("Of a stale one, why."),
    kind: oneOf(ProposalKindEnum)("What it would do."),
    title: text("What it is about."),
    reason: text("Why, in its author's words; the reason of the revision that it makes."),
    digest: text(
      "What an approval is for: the SHA-256 of the change, the round, the revision that it was looked at on, what it does to each row, and which past decisions were replayed.",
    ),
    round: int("How often it was looked at: each `refreshProposal` is one more, with another digest."),
    baseRevision: int("The revision of the policy that it was looked at on."),
    operations: json("The operations, as `applyPolicy` takes them; empty for the other kinds."),
    rollbackTo: int.orNull("Of a ROLLBACK, the revision whose policy shall hold again."),
    entityCounts: of(ProposedEntityCount).list(
      "Of the DIRECTORY, how many entities it puts and deletes, by type, and how many have which property. `entity` with this `proposal` opens one.",
    ),
    apiKey: json.orNull("Of an API_KEY, the key as `createApiKey` takes it."),
    configureDetector: json.orNull("Of a DETECTOR, how it shall be set, as `configureDetector` takes it."),
    suppressAlerts: json.orNull("Of a SUPPRESSION, what is suppressed, as `suppressAlerts` takes it."),
    emergency: flag("Whether it is a change by two named admins at once, without a report."),
    at: time("When it was made."),
    by: actor(
      "Who made it: nobody who may be the same can approve it. Who does not say who they are, nobody can tell apart: then nobody can.",
    ),
    until: time("From then on it can't be approved or applied."),
    reportedAt: time.orNull("When past decisions were replayed; null: none were."),
    approvals: of(ProposalApproval).list("In their order."),
    approvalsNeeded: int("How many people approve it: 2 where a token without a known person made it, else 1."),
    approvalsLacking: int("How many of them are missing; 0 where it is not OPEN."),
    closedAt: time.orNull("When it was applied, rejected, withdrawn or had expired; null: none of these."),
    closedBy: actor.orNull("Who applied, rejected or withdrew it."),
    closedReason: text.orNull("Why it was rejected or withdrawn."),
    appliedRevision: int.orNull(
      "Of an applied one, the revision of the policy that it made, or of the directory; null of a key, a detector and a suppression.",
    ),
  },
);
