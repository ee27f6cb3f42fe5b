import type { KeyContent } from "../../callers/apiKeys.ts";
import type { Person } from "../../callers/types.ts";
import type { DecisionFilter } from "../../decisions/types.ts";
import type { EntityRef, NewEntity } from "../../directory/entity.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import type { PolicyFinding } from "../../policy/finding.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Replay } from "../replay/types.ts";
import type { DetectorChange } from "./detectorChange.ts";
import type { SuppressionChange } from "./suppressionChange.ts";

/** What a proposal would do, as one thing: the policy, the policy as it was, the directory, a key, a detector, or alerts that are suppressed. */
export type ProposedChange =
  | { readonly kind: "POLICY"; readonly operations: readonly PolicyOperation[] }
  | { readonly kind: "ROLLBACK"; readonly toRevision: number }
  | { readonly kind: "DIRECTORY"; readonly put: readonly NewEntity[]; readonly remove: readonly EntityRef[] }
  | { readonly kind: "API_KEY"; readonly key: KeyContent }
  | { readonly kind: "DETECTOR"; readonly set: DetectorChange }
  | { readonly kind: "SUPPRESSION"; readonly suppress: SuppressionChange };
export type ProposalKind = ProposedChange["kind"];

/** None is kept as STALE: that is seen when a proposal is looked at, as what it touches has moved, or its report is too old. */
export type ProposalState = "OPEN" | "APPROVED" | "STALE" | "APPLIED" | "REJECTED" | "WITHDRAWN" | "EXPIRED";

/** What keeps a proposal from being applied as it was approved. */
export type Stopped = "rejected" | "withdrawn" | "refreshed";

/** An approval is for what its digest says, and for nothing else. */
export interface Approval extends Person {
  readonly at: number;
  readonly digest: string;
  readonly reason: string;
  /** Why so many decisions may flip, where more do than are let through without a word. */
  readonly flipsReason: string | null;
}

export interface Comment {
  readonly id: string;
  readonly callerId: string;
  readonly at: number;
  readonly text: string;
}

/** A replay of past decisions under the change, as it was when it was made. */
export interface Report {
  readonly at: number;
  /** Which decisions were asked for; what of them was read stands in the replay. Both are bound by approvals. */
  readonly filter: DecisionFilter;
  /** With its longest lists cut. */
  readonly replay: Replay;
  /** In the digest where the figures are for auditors alone, who could be found by guessing. Absent: they are not. */
  readonly salt?: string;
}

/** What follows from looking at a change on one revision: an approval binds it, and a later look makes it anew. */
export interface Reviewable {
  /** How often it was looked at: each time is something else to approve, also where all else is the same. */
  readonly round: number;
  readonly digest: string;
  readonly baseRevision: number;
  /** Names what the change does to each row, with the row as it was: another name, and something that it touches has moved. */
  readonly effect: string;
  readonly findings: readonly PolicyFinding[];
  /** Null: nothing was replayed. */
  readonly report: Report | null;
}

/** A proposal as it is kept. Times are milliseconds since 1970. */
export interface KeptProposal extends Reviewable {
  readonly id: string;
  readonly state: ProposalState;
  readonly title: string;
  readonly reason: string;
  readonly author: Person;
  readonly change: ProposedChange;
  /** Two named admins at once, without a report. */
  readonly emergency: boolean;
  /** How many people approve it: whoever is behind a token without a known person may be one of them, and not both. */
  readonly approvalsNeeded: 1 | 2;
  readonly createdAt: number;
  /** From then on nobody can approve or apply it. */
  readonly expiresAt: number;
  /** In their order; those under another digest than the proposal's no longer count. */
  readonly approvals: readonly Approval[];
  readonly comments: readonly Comment[];
  /** When, by whom and why it came to its end; null: it has not. */
  readonly closed: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  /** Of an applied one: the revision of the policy, or of the directory, that it made; null of a key, a detector and a suppression. */
  readonly appliedRevision: number | null;
}

/** A proposal as it is now. */
export interface Proposal extends KeptProposal {
  /** Of a stale one, why, in a sentence. */
  readonly staleBecause: string | null;
}

/** The approvals that count: of what it is now. */
export const standingApprovals = ({ approvals, digest }: Pick<KeptProposal, "approvals" | "digest">) =>
  approvals.filter((approval) => approval.digest === digest);

/** How many people must still approve it; 0 of one that is not open. */
export const approvalsLacking = (
  proposal: Pick<KeptProposal, "approvals" | "approvalsNeeded" | "digest" | "state">,
): number => (proposal.state === "OPEN" ? proposal.approvalsNeeded - standingApprovals(proposal).length : 0);

/** Raised when the digest covers something else, so that nobody's approval comes to mean more. */
const FORMAT = 1;

/** Which decisions a report is about, and how many of them flip. */
const rangeOf = ({ filter, replay, salt }: Report) => {
  const { allowToDeny, complete, denyToAllow, from, read, to } = replay;
  return { filter, from, to, read, complete, allowToDeny, denyToAllow, salt };
};

/**
 * What an approval is for: SHA-256, in lower-case hexadecimal, of the canonical JSON (RFC 8785) of `format`, `round`, `change`,
 * `baseRevision`, `effect`, `emergency` and `replay`: null, or of the report its `filter`, `from`, `to`, `read`, `complete`,
 * `allowToDeny`, `denyToAllow` and, of one that is for auditors alone, `salt`. Absent members are left out, times are milliseconds since 1970.
 */
export function digestOf(
  proposal: Pick<KeptProposal, "round" | "change" | "baseRevision" | "effect" | "emergency" | "report">,
  sha256: Sha256,
): string {
  const { round, change, baseRevision, effect, emergency, report } = proposal;
  const bound = {
    format: FORMAT,
    round,
    change,
    baseRevision,
    effect,
    emergency,
    replay: report === null ? null : rangeOf(report),
  };
  return sha256(canonicalJson(bound as unknown as Json));
}
