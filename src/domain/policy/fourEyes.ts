import { ScopewardenError } from "../kernel/errors.ts";
import type { PolicyFinding } from "./finding.ts";

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
}

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
