import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { DecisionFilter, Outcome } from "../../decisions/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { PageRequest } from "../../kernel/pages.ts";
import type { Breathe, Clock } from "../../kernel/ports.ts";
import { dayStart } from "../../kernel/time.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import type { Applied } from "../../policy/apply.ts";
import { changesAfter } from "../../policy/changePage.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import type { RowChange } from "../../policy/types.ts";
import type { AccessDifference } from "../access/accessDifference.ts";
import { compareAccess } from "../access/compareAccess.ts";
import { fewest, givenNumber, isFew } from "../fewPatients.ts";
import { auditorsAlone } from "../replay/replayInput.ts";
import { isForAuditors } from "../replay/seenReplay.ts";
import type { Replay } from "../replay/types.ts";
import { givingBack } from "./giveBack.ts";
import type { Proposal, ProposedChange, Report } from "./proposal.ts";
import type { ProposePolicyInput } from "./proposalInput.ts";
import type { Reports } from "./report.ts";

/** What came of an applied proposal, beside what its report had forecast. Times are milliseconds since 1970. */
export interface ProposalOutcome {
  readonly since: number;
  readonly until: number;
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
  /** Decisions since, denied, which the policy before would have allowed. */
  readonly deniedSince: number | null;
  /** Decisions since, allowed, which the policy before would have denied. */
  readonly allowedSince: number | null;
  /** Of as many decisions as there were since, how many would be so by the report; null: there was none. */
  readonly forecastDenied: number | null;
  readonly forecastAllowed: number | null;
  /** False: there were more decisions than were looked at; the newest were. */
  readonly complete: boolean;
  /** In a sentence. */
  readonly summary: string;
  /** A proposal that gives back what is missed, as far as nobody changed it since; null: nothing is, or can be. */
  readonly giveBack:
    | (Pick<ProposePolicyInput, "title" | "reason"> & {
        readonly change: { readonly operations: readonly PolicyOperation[] };
      })
    | null;
}

/** Rows of a change that are looked at for what can be given back. */
const MOST_ROWS = 500;

export interface Outcomes {
  /**
   * @throws ScopewardenError CONFLICT for what is not applied, or not a change of the policy; FORBIDDEN to who is no auditor where it asks
   * for people; JOURNAL_UNAVAILABLE
   */
  of(caller: Caller, proposal: Proposal): Promise<ProposalOutcome>;
  /** What it does to access, whatever is asked: now, or, of an applied one, what it did. Null: it would not be made as it is. */
  access(proposal: Proposal): Promise<AccessDifference | null>;
  /** What it does to each thing of the policy, a page of it: now, or, of an applied one, what it did. Null: as of `access`. */
  changes(proposal: Proposal, page: PageRequest<string>): Promise<readonly RowChange[] | null>;
}

type ChangeOfPolicy = Extract<ProposedChange, { readonly kind: "POLICY" | "ROLLBACK" }>;
const isOfPolicy = (change: ProposedChange): change is ChangeOfPolicy =>
  change.kind === "POLICY" || change.kind === "ROLLBACK";

export function createOutcomes(deps: {
  readonly policy: Pick<PolicyAdmin, "current" | "changes" | "trial">;
  readonly facts: () => DecideFacts;
  readonly snapshots: Snapshots;
  readonly reports: Pick<Reports, "between">;
  readonly breathe: Breathe;
  readonly clock: Clock;
}): Outcomes {
  const { policy, snapshots, reports, breathe, clock } = deps;

  /** The policy with a change and without it. */
  async function sidesOf({ appliedRevision, change }: Proposal): Promise<readonly [Snapshot, Snapshot] | null> {
    if (appliedRevision === null || !isOfPolicy(change)) return null;
    return [
      await snapshots.at(appliedRevision, "appliedRevision"),
      await snapshots.at(appliedRevision - 1, "appliedRevision"),
    ];
  }

  /** What would come of one that may still be applied; null: it may not. */
  async function tried({ change, state }: Proposal): Promise<Extract<Applied, { readonly ok: true }> | null> {
    if ((state !== "OPEN" && state !== "APPROVED") || !isOfPolicy(change)) return null;
    const applied = await policy.trial(change);
    return applied.ok ? applied : null;
  }

  async function rowsOf(revision: number): Promise<readonly RowChange[]> {
    const rows: RowChange[] = [];
    for (let after: string | null = null; rows.length < MOST_ROWS; ) {
      const page = await policy.changes({ revision, page: { first: 100, after } });
      rows.push(...page.items.map(({ node }) => node));
      after = page.items.at(-1)?.key ?? null;
      if (!page.hasNextPage || after === null) break;
    }
    return rows;
  }

  async function giveBack({ title, appliedRevision }: Proposal): Promise<ProposalOutcome["giveBack"]> {
    const found = givingBack(policy.current(), await rowsOf(appliedRevision ?? 0));
    const operations: PolicyOperation[] = [];
    // One by one: what can't be given back any more, as an end has passed, keeps nobody from the rest.
    for (const operation of found) {
      await breathe();
      if ((await policy.trial({ operations: [operation] })).ok) operations.push(operation);
    }
    if (operations.length === 0) return null;
    return {
      title: `Give back: ${title}`.slice(0, 200),
      change: { operations },
      reason: `What revision ${appliedRevision} took away is missed.`,
    };
  }

  type Flips = "allowToDeny" | "denyToAllow";
  const share = (report: Report | null, flips: Flips, read: number): number | null =>
    report === null || report.replay.read === 0 ? null : Math.round((report.replay[flips] / report.replay.read) * read);

  return {
    async of(caller, proposal) {
      const sides = await sidesOf(proposal);
      if (sides === null || proposal.closed === null) {
        throw new ScopewardenError(
          "CONFLICT",
          `Proposal ${proposal.id} is ${proposal.state} and about ${proposal.change.kind}: only of an applied change of the policy it can be told what came of it.`,
        );
      }
      const [after, before] = sides;
      const { closed, report } = proposal;
      const until = clock();
      const mayIdentify = journalView(caller) === null;
      // A forecast is made of the figures of the report.
      if (!mayIdentify && report !== null && isForAuditors(report.replay))
        throw auditorsAlone("What came of this proposal");
      // Before it was applied that day the policy before decided, which would not decide otherwise.
      const since = mayIdentify ? closed.at : dayStart(closed.at);
      const asked: DecisionFilter = { ...report?.filter, from: mayIdentify ? since + 1 : since, to: undefined };
      const read = async (outcome: Outcome): Promise<Replay | null> =>
        asked.outcome !== undefined && asked.outcome !== outcome
          ? null
          : reports.between(
              { base: after, after: before },
              {
                ...{ caller, field: "proposalOutcome", about: { proposal: proposal.id } },
                ...{ filter: { ...asked, outcome }, mayIdentify },
              },
            );
      const [denied, allowed] = [await read("DENY"), await read("ALLOW")];
      const all = (denied?.read ?? 0) + (allowed?.read ?? 0);
      const concerned = (made: Replay | null | undefined, total: Flips | "read"): number => made?.patients[total] ?? 0;
      const counted = [
        { value: denied?.denyToAllow ?? 0, patients: concerned(denied, "denyToAllow") },
        { value: allowed?.allowToDeny ?? 0, patients: concerned(allowed, "allowToDeny") },
        ...(["allowToDeny", "denyToAllow"] as const).map((flips) => ({
          value: share(report, flips, all),
          // A forecast tells the figure of the report that it is made of, and how many decisions there were since.
          patients: fewest([concerned(report?.replay, flips), concerned(denied, "read"), concerned(allowed, "read")]),
        })),
      ];
      const few = !mayIdentify && counted.some(({ patients, value }) => value !== null && isFew(patients));
      const given = ({ patients, value }: (typeof counted)[number]): number | null =>
        value === null || mayIdentify ? value : givenNumber(value, { patients, isRounded: few });
      const [deniedSince = null, allowedSince = null, forecastDenied = null, forecastAllowed = null] =
        counted.map(given);
      const told = (value: number | null): string => (value === null ? "few" : String(value));
      const forecastText = (forecast: number | null): string =>
        report === null || report.replay.read === 0 ? "no forecast" : `forecast ${told(forecast)}`;
      return {
        since,
        until,
        few,
        deniedSince,
        allowedSince,
        forecastDenied,
        forecastAllowed,
        complete: denied?.complete !== false && allowed?.complete !== false,
        summary: `denied since: ${told(deniedSince)}, ${forecastText(forecastDenied)}; allowed since: ${told(allowedSince)}, ${forecastText(forecastAllowed)}`,
        giveBack: deniedSince === 0 ? null : await giveBack(proposal),
      };
    },

    async access(proposal) {
      const facts = deps.facts();
      const compare = (before: Snapshot, after: Snapshot) =>
        compareAccess({ ...facts, snapshot: before }, { ...facts, snapshot: after }, { breathe });
      const sides = await sidesOf(proposal);
      if (sides !== null) return compare(sides[1], sides[0]);
      const applied = await tried(proposal);
      return applied === null ? null : compare(facts.snapshot, applied.snapshot);
    },

    async changes(proposal, page) {
      const { appliedRevision, change } = proposal;
      if (appliedRevision !== null && isOfPolicy(change)) {
        const { items } = await policy.changes({ revision: appliedRevision, page });
        return items.map(({ node }) => node);
      }
      const applied = await tried(proposal);
      return applied === null ? null : changesAfter(applied.changes, page);
    },
  };
}
