import { ScopewardenError } from "../kernel/errors.ts";
import type { PolicyFinding } from "./finding.ts";
import type { Validity } from "./types.ts";

/**
 * A proposal that a write carries out, exactly as it was approved. It is marked as applied in the transaction of what it does:
 * where it is not approved any more, or not under this digest, nothing is written.
 */
export interface CarriedOut {
  readonly proposalId: string;
  /** What was approved. */
  readonly digest: string;
  /** The id of the caller who applies it. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of what is no change of the policy and names its rows: the revision by which they were compared. Where another stands, nothing is done. */
  readonly policyRevision?: number;
}

/**
 * A step of an access request that a write carries out: it gives one role or scope for a while, or takes that back. It is taken in
 * the transaction of what it does: where the request does not wait for it any more, nothing is written.
 */
export interface AccessGiven {
  readonly accessRequestId: string;
  readonly step: "APPROVED" | "RETURNED";
  /** The id of the caller who takes the step, and the person behind it. */
  readonly by: string;
  readonly subject: { readonly id: string; readonly type: string | null; readonly issuer: string | null } | null;
  /** All whom that one stands for, as `Person.people` of callers/types.ts. */
  readonly people?: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason: string | null;
  /** What it gives: for how long, and what stood there before. */
  readonly given: Validity & { readonly before: Validity | null };
}

/** What a write carries out, whose step is taken with it. */
export type CarriedStep = CarriedOut | AccessGiven;

/** The refusal of a write that only a proposal may make. `what` begins the sentence. */
export const fourEyesRequired = (what: string): ScopewardenError =>
  new ScopewardenError(
    "FOUR_EYES_REQUIRED",
    `Under four eyes ${what} must be proposed (proposePolicy), and approved by somebody else. Nothing was changed.`,
  );

/** @throws ScopewardenError FOUR_EYES_REQUIRED for a change that may allow more, with the first of what it may allow */
export function requireNarrowing(findings: readonly PolicyFinding[]): void {
  const widening = findings.filter(({ code }) => code === "WIDENS_ALLOW");
  const [first] = widening;
  if (first === undefined) return;
  const more = widening.length > 1 ? ` (and ${widening.length - 1} more)` : "";
  throw fourEyesRequired(`a change that may allow more (${first.message}${more})`);
}
