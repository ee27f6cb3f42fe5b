import type { ReplayInput as Asked } from "../domain/simulation/replay/replayInput.ts";
import { MAX_SAMPLES } from "../domain/simulation/replay/replayInput.ts";
import type {
  SeenCause as Cause,
  SeenCount as Count,
  SeenGroup as Group,
  SeenReplay,
  SeenSample,
} from "../domain/simulation/replay/seenReplay.ts";
import { MAX_PATIENTS } from "../domain/simulation/replay/types.ts";
import { PolicyOperation } from "./apply.ts";
import { decisionOf } from "./decisionOf.ts";
import { Decision, decisionList } from "./decisions.ts";
import { ReplayBaseEnum, ReplayKindEnum } from "./enums.ts";
import { FEW, HIDDEN, PEOPLE } from "./fewPatients.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { SimulatedDecision, simulatedOf } from "./whatIf.ts";

export const ReplayInput = inputType<Asked>(
  "ReplayInput",
  "A change that is not made, and which past decisions to make again.",
  {
    operations: of(PolicyOperation).list(
      "The change, as `applyPolicy` takes it; empty: none, which flips nothing and shows what drifted. FORBIDDEN to who is no auditor: what asks, by the condition or scope of a rule, for a patient, a person, a resource or an address.",
    ),
    filter: of<NonNullable<Asked["filter"]>>(decisionList.filterType).orNull(
      "Which decisions; absent: all. Who is no auditor asks of whole days (UTC), to which `from` and `to` are widened; FORBIDDEN: `patient`, `subjectId`, `resourceId`, `ipAddress` and `network`, which would tell whose the decisions are.",
    ),
    samples: int.or(10, `How many flips to show, 0 to ${MAX_SAMPLES}; to who is no auditor none.`),
    base: oneOf(ReplayBaseEnum).or("CURRENT", "What the change is compared with."),
  },
);

const FLIPS = {
  allowToDeny: int.orNull(`Decisions that would become a DENY.${HIDDEN}`),
  denyToAllow: int.orNull(`Decisions that would become an ALLOW.${HIDDEN}`),
  narrowed: int.orNull(`Decisions that would permit less: a narrower search, or a token with less.${HIDDEN}`),
  widened: int.orNull(`Decisions that would permit something more, even if they permit less as well.${HIDDEN}`),
  otherObligations: int.orNull(`Decisions that would ask the caller for other obligations.${HIDDEN}`),
};

const ReplayCount = objectType<Count>("ReplayCount", "The flips of one key.", {
  key: text(
    "The client, scope, type, action, role path, rule, purpose or reason code; an empty purpose: none was said.",
  ),
  few: FEW,
  ...FLIPS,
});

const ReplayGroup = objectType<Group>("ReplayGroup", "Flips of one kind that are the same access.", {
  kind: oneOf(ReplayKindEnum)("What would become of them."),
  clientId: id("The client."),
  role: text.orNull("The path of roles by which it is, or would be, allowed; null: none counts."),
  scope: text.orNull("The scopes on which it rests, separated by spaces; null: none counts."),
  resourceType: text("The type of the resource; for a GRANT `scope`."),
  action: text("The action; for a GRANT `grant`."),
  few: FEW,
  decisions: int.orNull(`How many.${HIDDEN}`),
  days: int.orNull(`On how many days (UTC).${HIDDEN}`),
  firstAt: time("When the first was made; to who is no auditor the day."),
  lastAt: time("When the last was made; to who is no auditor the day."),
  patients: int.orNull(`How many patients they concern; of more than ${MAX_PATIENTS} that many.${HIDDEN}`),
  people: int.orNull(
    `For how many people they were asked, each once; of more than ${MAX_PATIENTS} that many; whoever was erased is not counted.${PEOPLE}`,
  ),
  samples: id.list("The ids of the three newest, for `explanation`; to auditors alone."),
});

const ReplayCause = objectType<Cause>("ReplayCause", "Why decisions can't be made again.", {
  path: text("The member of the record that is not there any more, or that names what is not there."),
  message: text("What is the matter with it."),
  few: FEW,
  decisions: int.orNull(`How many decisions; one with several causes is counted in each.${HIDDEN}`),
});

const ChangedCells = objectType<NonNullable<SeenReplay["cells"]>>(
  "ChangedCells",
  "What a change touches, and how much of it was used.",
  {
    changed: int("Cells that would be WIDER, NARROWER or INCOMPARABLE, at most 500."),
    unused: int.orNull(
      "Those of them in which no flip of the window is: whom it would concern has not asked for it. There may be more.",
    ),
    complete: flag("False: there are more such cells, or flips in no group."),
  },
);

const sampleOf = ({ decision, kind, base, after }: SeenSample) => ({
  kind,
  decision: decisionOf(decision),
  base: simulatedOf(base),
  after: simulatedOf(after),
});
const ReplaySample = objectType<ReturnType<typeof sampleOf>>("ReplaySample", "One flip.", {
  kind: oneOf(ReplayKindEnum)("What would become of it."),
  decision: of(Decision)("The decision as it is on record."),
  base: of(SimulatedDecision)("What it comes to by the base, without what identifies people."),
  after: of(SimulatedDecision)("What it would come to with the change, without what identifies people."),
});

export const replayOf = ({ samples, ...replay }: SeenReplay) => ({ ...replay, samples: samples.map(sampleOf) });
export type PrintedReplay = ReturnType<typeof replayOf>;

const BY = "The flips by";
export const Replay = objectType<PrintedReplay>(
  "Replay",
  "What a change would have done to past decisions, each made again with its own facts and clock. A flip is a difference between the base and the change; what the policy has become since is told apart, as drift.",
  {
    base: oneOf(ReplayBaseEnum)("What the change is compared with."),
    baseRevision: int("The revision of the policy in force when it was asked."),
    few: FEW,
    read: int.orNull("Decisions that were read: the sum of those that stay the same, flip or are not replayable."),
    replayed: int.orNull("Decisions that were made again."),
    notReplayable: int.orNull("Decisions that can't be made again; `causes` says why."),
    same: int.orNull("Decisions that would permit the same, with the same obligations."),
    ...FLIPS,
    drifted: int.orNull(
      "Decisions that come out otherwise by the base than they did: to the byte, or, where they were made by older semantics, in what callers act on.",
    ),
    byClient: of(ReplayCount).list(`${BY} client, most first, as all these lists.`),
    byScope: of(ReplayCount).list(`${BY} scope on which the one answer rests and the other does not.`),
    byResourceType: of(ReplayCount).list(`${BY} type of the resource.`),
    byRole: of(ReplayCount).list(`${BY} role path on which the one answer rests and the other does not.`),
    byRule: of(ReplayCount).list(`${BY} rule on which the one answer rests and the other does not.`),
    byPurpose: of(ReplayCount).list(`${BY} purpose of use.`),
    byAction: of(ReplayCount).list(`${BY} action.`),
    byReason: of(ReplayCount).list(`${BY} reason code with which the change answers.`),
    people: int.orNull(
      `For how many people the decisions that flip were asked, each once, as those of a group.${PEOPLE}`,
    ),
    countsComplete: flag("False: a list above has more than 1000 keys, and leaves the others out."),
    groups: of(ReplayGroup).list("The flips as access, most decisions first, at most 500."),
    ungrouped: int.orNull("Flips in none of these groups, as there are more."),
    cells: of(ChangedCells).orNull(
      "The cells of access that the change touches, used or not, as `simulate` with `access` tells them; null: with `base: OWN`.",
    ),
    causes: of(ReplayCause).list("Why decisions are not replayable, at most 100 causes."),
    samples: of(ReplaySample).list("Some flips of each kind, the newest; to auditors alone."),
    complete: flag(
      "Whether all decisions that meet the filter were read; else the newest, from `from` to `to`: narrow the filter, or ask with `startReplay`, which reads all.",
    ),
    from: time.orNull("When the oldest decision that was read was made, to who is no auditor the day; null: none was."),
    to: time.orNull("When the newest was, or the day of it."),
  },
);
