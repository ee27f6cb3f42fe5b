/** A step of a weekly sample: it was drawn, or somebody judged one of its accesses. */
export interface SampleAct {
  readonly event: "DRAWN" | "JUDGED";
  /** When its week begins, in milliseconds since 1970. */
  readonly week: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step; of DRAWN who asked for it first. */
  readonly author: string;
  /** From how many accesses it was drawn. */
  readonly population: number;
  /** Of DRAWN all its decisions, of JUDGED the one. */
  readonly decisionIds: readonly string[];
  /** Of JUDGED, as the text. */
  readonly verdict: string | null;
  readonly text: string | null;
}
