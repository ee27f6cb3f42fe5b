import type { ActKind } from "../../record/kinds.ts";

/** An act as it is stored. `record` and `personal` are canonical JSON (record/personal.ts). */
export interface StoredAct {
  readonly position: number;
  readonly kind: ActKind;
  readonly format: number;
  readonly id: string;
  /** With which the fields of `personal` are committed to; null: it is gone. */
  readonly salt: string | null;
  readonly record: string;
  readonly personal: string;
}

/** Acts in their order, and how far the record was looked through for them: up to and with that position there are no others. */
interface StoredActs {
  readonly acts: readonly StoredAct[];
  readonly reached: number;
}

/** Reads all that is on record, in its order. Rejects with JOURNAL_UNAVAILABLE. */
export interface StoredActReader {
  /** The position of the newest act; 0: there is none. */
  end(): Promise<number>;
  /**
   * Acts after a position up to and with another, of these kinds or of all: as many as a page has room for, one at least where there is
   * any. Where kinds are named it may end early, with none: then it has looked through as much as one answer may.
   */
  acts(query: {
    readonly after: number;
    readonly until: number;
    readonly first: number;
    readonly kinds: readonly ActKind[] | null;
  }): Promise<StoredActs>;
}
