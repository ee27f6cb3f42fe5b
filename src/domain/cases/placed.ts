import type { Person } from "../callers/types.ts";
import type { CaseReader } from "./caseDesk.ts";
import type { CaseRow } from "./caseKind.ts";
import type { CasePage, CasePageRequest } from "./casePages.ts";

/** What somebody placed, and may lift, each once and by an act. */
export interface Placed {
  readonly id: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly placedAt: number;
  readonly placedBy: Person;
  /** Null: nobody did. */
  readonly lifted: { readonly at: number; readonly by: string; readonly reason: string } | null;
}

export type PlacedState = "IN_FORCE" | "OVER";

/** All that is given must hold. */
export interface PlacedFilter {
  /** Absent: in any. */
  readonly states?: readonly PlacedState[] | undefined;
  readonly patient?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Where such are kept. All reject with POLICY_UNAVAILABLE. */
export interface PlacedStore<Of extends Placed> extends CaseReader<Of, PlacedState> {
  /** @throws ScopewardenError UNAUTHENTICATED; CONFLICT where another stands in its place */
  place(placed: Of): Promise<void>;
  /** @throws ScopewardenError CONFLICT where it is over already, UNAUTHENTICATED */
  lift(id: string, lifted: NonNullable<Placed["lifted"]>): Promise<void>;
  find(id: string): Promise<Of | null>;
  page(query: {
    readonly filter: PlacedFilter;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<Of>>;
}

/** The last step of what was placed, as acts tell it. */
export const lastStep = ({ lifted, placedAt, placedBy, reason }: Placed) =>
  lifted === null
    ? { at: placedAt, author: placedBy.callerId, text: reason }
    : { at: lifted.at, author: lifted.by, text: lifted.reason };

/** What the row of a case has of it; its reason belongs into the body. */
export const rowOfPlaced = ({ id, lifted, placedAt, placedBy }: Placed) => ({
  ...{ id, openedAt: placedAt, openedBy: placedBy, isOver: lifted !== null },
  state: lifted === null ? "IN_FORCE" : "LIFTED",
  decided: lifted && { at: lifted.at, by: { callerId: lifted.by, subject: null } },
  life: lifted && { reason: lifted.reason },
  ...{ slot: null, parent: null, clientId: null, subject: null, patient: null, organization: null },
  ...{ dueAt: null, endsAt: null },
});

export const placedOf = ({ body, decided, id, life, openedAt, openedBy }: CaseRow): Placed => ({
  ...{ id, placedAt: openedAt, placedBy: openedBy },
  reason: (body as { readonly reason: string }).reason,
  lifted: decided && { at: decided.at, by: decided.by.callerId, reason: (life as { readonly reason: string }).reason },
});
