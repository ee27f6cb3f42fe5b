import type { CaseReader } from "../../cases/caseDesk.ts";
import type { SampleState } from "./sampleKind.ts";
import type { SampledAccess, WeeklySample } from "./weeklySample.ts";

/** An access that may be drawn, by where it stands. */
export interface Candidate {
  readonly decisionId: string;
  readonly at: number;
  readonly position: number;
}

/**
 * Where samples are kept, and what they are drawn from. Each write is one transaction with its act on record. All reject with
 * POLICY_UNAVAILABLE when the store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in
 * force, and with CONFLICT where the step can't be taken any more.
 */
export interface SampleStore extends CaseReader<SampledAccess, SampleState> {
  find(from: number): Promise<WeeklySample | null>;
  findAccess(id: string): Promise<SampledAccess | null>;
  /** Keeps a sample that was drawn. @throws ScopewardenError CONFLICT where the week has one already */
  draw(sample: WeeklySample): Promise<void>;
  /** @throws ScopewardenError CONFLICT where it is judged already */
  judge(id: string, judged: NonNullable<SampledAccess["judged"]>): Promise<void>;
  /**
   * The next accesses that were allowed in a window, of whose patients nothing explains one at least, and that no detector which
   * is ON flagged: in the order of their times and positions, each once, once all that was on record when this was asked is watched.
   * Rejects with JOURNAL_UNAVAILABLE when it can't be.
   */
  unexplained(query: {
    readonly from: number;
    readonly to: number;
    /** Null: from the beginning. */
    readonly after: Candidate | null;
    readonly first: number;
  }): Promise<readonly Candidate[]>;
}
