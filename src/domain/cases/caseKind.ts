import type { Person } from "../callers/types.ts";
import type { Json } from "../kernel/canonical.ts";

/** The kinds of what waits for a person. */
export type CaseCode =
  | "ACCESS_REQUEST"
  | "ACCOUNTING_SUSPENSION"
  | "ALERT"
  | "BREAK_GLASS"
  | "CONSENT_REQUEST"
  | "INQUIRY"
  | "LEGAL_HOLD"
  | "PROPOSAL"
  | "RESTRICTION"
  | "REVIEW_CAMPAIGN"
  | "REVIEW_ITEM"
  | "SAMPLE"
  | "TOKEN_REVOCATION";

/** Somebody took the last step that decides; what is decided stays so. */
export interface Decided {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: Person;
}

/** A case as it is kept, whatever its kind. Times are milliseconds since 1970. */
export interface CaseRow {
  readonly id: string;
  /** A state that is kept; what the clock adds is told by `CaseStates`. */
  readonly state: string;
  /** Of cases of a kind that have the same one, only one is not over; null: there may be any number. */
  readonly slot: string | null;
  /** Another case that it belongs to, of which kind its own kind says. */
  readonly parent: string | null;
  readonly clientId: string | null;
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly patient: string | null;
  readonly organization: string | null;
  readonly openedAt: number;
  readonly openedBy: Person;
  readonly decided: Decided | null;
  /** When somebody should have taken a step. */
  readonly dueAt: number | null;
  /** When it ends by itself. */
  readonly endsAt: number | null;
  /** Whether it stands no more, as far as that does not depend on the clock. */
  readonly isOver: boolean;
  /** What was opened: it never changes. */
  readonly body: Json;
  /** What became of it; null: nothing yet. */
  readonly life: Json | null;
  /** What came of what was decided, or of what nobody did; absent or null: nothing yet. It is the end. */
  readonly outcome?: Json | null;
}

/** In which kept states a case is in a state, and whether before its end or after it; without `end` the clock does not matter. */
export interface KeptState {
  readonly kept: readonly string[];
  readonly end?: "BEFORE" | "AFTER";
}
/** Several of a state: it is in it by any of them. */
export type CaseStates<State extends string> = { readonly [S in State]: KeptState | readonly KeptState[] };

/** A kind of case: how it is kept, and the states in which it may be. Its steps are a table beside it (`steps.ts`). */
export interface CaseKind<Case extends { readonly id: string }, State extends string> {
  readonly code: CaseCode;
  /** What one is called at the beginning of a sentence. */
  readonly noun: string;
  readonly states: CaseStates<State>;
  rowOf(of: Case): CaseRow;
  caseOf(row: CaseRow): Case;
}

/** The state at a time. @throws Error where the table has none: the database was changed by hand */
export function stateAt<State extends string>(
  { code, states }: { readonly code: CaseCode; readonly states: CaseStates<State> },
  { endsAt, state }: Pick<CaseRow, "endsAt" | "state">,
  now: number,
): State {
  const isBefore = endsAt === null || now < endsAt;
  const isIn = ({ end, kept }: KeptState): boolean =>
    kept.includes(state) && (end === undefined || (end === "BEFORE") === isBefore);
  for (const [name, ways] of Object.entries<KeptState | readonly KeptState[]>(states))
    if ([ways].flat().some(isIn)) return name as State;
  throw new Error(`A ${code} is kept as ${state}, which is no state of that kind.`);
}
