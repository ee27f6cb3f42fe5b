import type { DetectorCode } from "../detectors/detector.ts";

/** Accesses of a window, allowed or denied, as their requests were. */
export interface BlindCounts {
  readonly accesses: number;
  readonly withoutAddress: number;
  /** To types that belong to patients. */
  readonly ofPatients: number;
  /** Of these, those that named none. */
  readonly withoutPatient: number;
  readonly withoutPurpose: number;
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/** All that was on record at `asOf`, in milliseconds since 1970, is counted. */
type AsCounted<Counts> = Counts & { readonly asOf: number };

/** What tells what watching can't see, from what is kept beside the journal. All reject with JOURNAL_UNAVAILABLE. */
export interface BlindSpotStore {
  /** Of whole days. */
  counts(window: Window): Promise<AsCounted<BlindCounts>>;
  /** Accesses that nothing explained, by patient, and those of whose person or patient the directory knows nothing now. */
  unexplained(window: Window): Promise<AsCounted<{ readonly accesses: number; readonly unknown: number }>>;
  /** Of all days, of what is counted by now. */
  totals(): Promise<BlindCounts>;
  /** Of these clients or subjects those of whom none of these detectors has a baseline by now. */
  withoutBaseline(of: {
    readonly kind: "CLIENT" | "SUBJECT";
    readonly ids: readonly string[];
    readonly detectors: readonly DetectorCode[];
  }): Promise<readonly string[]>;
}
