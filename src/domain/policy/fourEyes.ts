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

/** Of a person's token: how many seconds ago they may have signed in for what weighs, which is longer ago or not said. */
export interface StaleSignIn {
  readonly maxAge: number;
}

/** Who makes a write, as far as that says whether they may make it alone. */
export interface Writer {
  /** The id of the caller. */
  readonly author: string;
  /** Absent: their sign-in is fresh, or nothing is asked of it. */
  readonly staleSignIn?: StaleSignIn | undefined;
}

/** That a fresh sign-in must come first, as a sentence. `what` begins it. */
export const freshSignInNeeded = (what: string, { maxAge }: StaleSignIn): string =>
  `${what} needs a sign-in within the last ${maxAge} s: sign in again, and repeat it with the new token. Nothing was changed.`;

/** Whether somebody makes alone, now, what may allow or hide more. */
export const mayAlone = (fourEyes: boolean, { staleSignIn }: Pick<Writer, "staleSignIn">): boolean =>
  !fourEyes && staleSignIn === undefined;

/**
 * The one test of a write that may allow or hide more: under four eyes a proposal makes it, and without them whoever has signed in of late.
 * `what` says what it is.
 * @throws ScopewardenError FOUR_EYES_REQUIRED, INSUFFICIENT_USER_AUTHENTICATION
 */
export function requireMayAlone(what: string, fourEyes: boolean, writer: Pick<Writer, "staleSignIn">): void {
  if (mayAlone(fourEyes, writer)) return;
  const { staleSignIn } = writer;
  if (fourEyes || staleSignIn === undefined)
    throw new ScopewardenError(
      "FOUR_EYES_REQUIRED",
      `Under four eyes ${what} must be proposed (proposePolicy), and approved by somebody else. Nothing was changed.`,
    );
  const begun = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  throw new ScopewardenError("INSUFFICIENT_USER_AUTHENTICATION", freshSignInNeeded(begun, staleSignIn));
}

/** That a change allows nothing more, or is made by who may make it alone. @throws ScopewardenError as `requireMayAlone` */
export function requireNarrowing(
  findings: readonly PolicyFinding[],
  fourEyes: boolean,
  writer: Pick<Writer, "staleSignIn">,
): void {
  const widening = findings.filter(({ code }) => code === "WIDENS_ALLOW");
  const [first] = widening;
  if (first === undefined) return;
  const more = widening.length > 1 ? ` (and ${widening.length - 1} more)` : "";
  requireMayAlone(`a change that may allow more (${first.message}${more})`, fourEyes, writer);
}
