import type { PlacedStore } from "../../cases/placed.ts";
import type { actTime } from "../../record/actTime.ts";
import type { ErasureAct } from "../../record/erasureAct.ts";
import type { StoredAct } from "../../record/tree/leafEntry.ts";
import type { LegalHold } from "./legalHold.ts";

/** An act whose values are taken away: with its commitments in their place. */
export interface ErasedRow {
  readonly position: number;
  readonly personal: string;
}

/** An act that was passed over: it is looked at again from that time on. */
export interface PassedAct {
  readonly position: number;
  readonly againAt: number;
  /** Whether a hold kept it: then it is looked at again when one is lifted, too. */
  readonly held: boolean;
}

/** What one step of erasing does, all of it or nothing. */
export interface ErasureStep {
  /** Where the journal was gone through up to, and is now; null: acts were looked at that had been passed over. */
  readonly walked: { readonly from: number; readonly to: number } | null;
  /** Its act; null: nothing is erased. */
  readonly act: { readonly id: string; readonly record: ErasureAct } | null;
  readonly rows: readonly ErasedRow[];
  readonly passed: readonly PassedAct[];
  /** Of those that had been passed over, which are done with. */
  readonly settled: readonly number[];
  /** By what it was decided: the step is not taken where the policy or the holds are others by now. */
  readonly policyRevision: number;
  readonly holds: HoldsVersion;
}

/** Tells whether holds changed: it differs then. */
type HoldsVersion = string;

interface RetentionStatus {
  /** How far the journal was gone through, by position. */
  readonly position: number;
  /** Acts and values that were erased so far. */
  readonly acts: number;
  readonly values: number;
  /** After which act of erasure, by position, the database's own index may still have hashes of what was erased; null: it has none. */
  readonly uncleanAfter: number | null;
}

/** What was read for a step. */
interface ActsToErase {
  readonly acts: readonly StoredAct[];
  /** Up to where they were read: all acts before are among them, or of other kinds. */
  readonly until: number;
  /** Whether there are no more of them for now. */
  readonly isEnd: boolean;
}

/** Where acts are erased, and holds are kept. All reject with JOURNAL_UNAVAILABLE; what asks for holds with POLICY_UNAVAILABLE. */
export interface RetentionStore extends PlacedStore<LegalHold> {
  status(): Promise<RetentionStatus>;
  /** When the clock was last believed, in milliseconds since 1970, null: never; and the newest act, null: there is none. */
  clock(): Promise<{ readonly trustedAt: number | null; readonly newest: Parameters<typeof actTime>[0] | null }>;
  /** Notes when it was. */
  trustClock(at: number): Promise<void>;
  /** The holds in force, with what tells them from others. */
  inForce(): Promise<{ readonly holds: readonly LegalHold[]; readonly version: HoldsVersion }>;
  /**
   * The next acts of the kinds that are erased that all who derive something from them have taken: at most so many, and fewer where they
   * are long, as with the others below; one at least where there is any.
   */
  next(after: number, first: number): Promise<ActsToErase>;
  /** Of those that were passed over and are to be looked at again by now, the first; those that were held once a hold is lifted, too. */
  again(now: number, first: number): Promise<readonly StoredAct[]>;
  /** All that were passed over, after a position. */
  passed(after: number, first: number): Promise<readonly StoredAct[]>;
  /** False: another instance was first, or policy or holds have changed; nothing was done. */
  take(step: ErasureStep): Promise<boolean>;
  /** Has what was erased overwritten in the database's own file now, as far as that can be done beside decisions; not in its log. */
  scrub(): Promise<void>;
}
