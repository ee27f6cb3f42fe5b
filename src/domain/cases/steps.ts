import { journalView, needsFreshSignIn, rolesOf } from "../callers/permissions.ts";
import type { Identity } from "../callers/types.ts";
import { conflict, ScopewardenError } from "../kernel/errors.ts";
import { type CaseKind, stateAt } from "./caseKind.ts";

/** A step of a kind of case: in which states it may be taken, and by whom. */
export interface CaseStep<Case, State extends string, Facts> {
  /** The mutation that takes it; the table of permissions says which roles may. */
  readonly field: string;
  readonly from: readonly State[];
  /** Whether the case waits for it, so that it stands in inboxes; a function: in those of whom it answers with true. */
  readonly isAwaited?: true | ((caller: Identity, of: Case) => boolean);
  /** @throws ScopewardenError FORBIDDEN to who may not take it: themselves, somebody whom it is about, a token without a person */
  require(caller: Identity, of: Case, facts: Facts): void;
  /**
   * What is judged beside `require` by persons whom who sees pseudonyms does not see in the case: to them it is said when they take the step,
   * as of all cases at once it would tell which ones are about somebody. @throws ScopewardenError FORBIDDEN
   */
  requireHidden?(caller: Identity, of: Case, facts: Facts): void;
  /** What is said in any other state; absent: in which it is, and in which it would have to be. */
  refusal?(of: Case): string;
}

/** The steps of a kind, by what they are called in its room. */
export type CaseSteps<Step extends string, Case, State extends string, Facts> = {
  readonly [S in Step]: CaseStep<Case, State, Facts>;
};

/** A case with what must be known of it to say who may take which step. */
export interface Steppable<Case extends { readonly id: string }, State extends string, Facts> {
  readonly kind: Omit<CaseKind<Case, State>, "caseOf">;
  readonly of: Case;
  readonly facts: Facts;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @throws ScopewardenError FORBIDDEN, CONFLICT in another state */
export function requireStep<Case extends { readonly id: string }, State extends string, Facts>(
  step: CaseStep<Case, State, Facts>,
  caller: Identity,
  steppable: Steppable<Case, State, Facts>,
): void {
  step.require(caller, steppable.of, steppable.facts);
  step.requireHidden?.(caller, steppable.of, steppable.facts);
  requireState(step, steppable);
}

/** As `requireStep`; a refusal that tells somebody whose a case is, is on record before it is answered: `recordRefusal` is given the mutation. */
export async function requireStepOnRecord<Case extends { readonly id: string }, State extends string, Facts>(
  step: CaseStep<Case, State, Facts>,
  caller: Identity,
  steppable: Steppable<Case, State, Facts>,
  recordRefusal: (field: string) => Promise<void>,
): Promise<void> {
  step.require(caller, steppable.of, steppable.facts);
  try {
    step.requireHidden?.(caller, steppable.of, steppable.facts);
  } catch (error) {
    await recordRefusal(step.field);
    throw error;
  }
  requireState(step, steppable);
}

function requireState<Case extends { readonly id: string }, State extends string, Facts>(
  { from, refusal }: CaseStep<Case, State, Facts>,
  { kind, now, of }: Steppable<Case, State, Facts>,
): void {
  const state = stateAt(kind, kind.rowOf(of), now);
  const words = (each: State): string => each.toLowerCase().replaceAll("_", " ");
  if (!from.includes(state))
    throw conflict(refusal?.(of) ?? `${kind.noun} ${of.id} is ${words(state)}, not ${from.map(words).join(" or ")}.`);
}

/** Whether a caller may take a step of a case now, and why not. */
export interface ViewerMay {
  /** The mutation. */
  readonly action: string;
  readonly allowed: boolean;
  /** What the mutation would answer; null: it is allowed. */
  readonly because: string | null;
  /** What alone stands in its way, if the caller can do it at once; null: nothing of that kind. */
  readonly needs: "FRESH_SIGN_IN" | null;
  /** Whether the case waits for the caller to take it. */
  readonly isAwaited: boolean;
}

/**
 * Of each step that a role of the caller may take at all: whether the mutation would be refused now, and in which words; to who sees pseudonyms
 * without what would tell whose one is.
 */
export function viewerMay<Case extends { readonly id: string }, State extends string, Facts>(
  steps: CaseSteps<string, Case, State, Facts>,
  caller: Identity,
  steppable: Steppable<Case, State, Facts>,
): readonly ViewerMay[] {
  const seesNames = journalView(caller) === null;
  return Object.values(steps)
    .filter(({ field }) => rolesOf(field).some((role) => caller.roles.has(role)))
    .map((step) => {
      const refusal = whyNot(() => {
        step.require(caller, steppable.of, steppable.facts);
        if (seesNames) step.requireHidden?.(caller, steppable.of, steppable.facts);
        requireState(step, steppable);
      });
      const signIn = refusal === null ? needsFreshSignIn(caller, step.field) : null;
      const because = refusal ?? signIn;
      const { field: action, isAwaited = false } = step;
      const waits = typeof isAwaited === "function" ? isAwaited(caller, steppable.of) : isAwaited;
      const needs = signIn === null ? null : "FRESH_SIGN_IN";
      return { action, allowed: because === null, because, needs, isAwaited: waits };
    });
}

function whyNot(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof ScopewardenError) return error.message;
    throw error;
  }
}
