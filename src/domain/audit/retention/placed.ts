import type { Person } from "../../callers/types.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";

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

/** Where such are kept. All reject with JOURNAL_UNAVAILABLE. */
export interface PlacedStore<Of extends Placed, Filter> {
  /** @throws ScopewardenError UNAUTHENTICATED */
  place(placed: Of): Promise<void>;
  /** @throws ScopewardenError CONFLICT where it is lifted already, UNAUTHENTICATED */
  lift(id: string, lifted: NonNullable<Placed["lifted"]>): Promise<void>;
  find(id: string): Promise<Of | null>;
  /** Newest first, by their ids. */
  page(query: { readonly filter: Filter; readonly page: PageRequest<string> }): Promise<Page<Of, string>>;
}
