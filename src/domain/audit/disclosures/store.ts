import type { DecisionRecord, Outcome, Subject } from "../../decisions/types.ts";
import type { Purpose } from "../../scopes/purposes.ts";

/** What of an access says how it counts. */
export interface AccessSummary {
  readonly purposeOfUse: Purpose | null;
  readonly subject: Pick<Subject, "id" | "type"> | null;
  /** Those on which it rests. */
  readonly scopes: readonly string[];
  /** Whether it rests on a consent of the patient's: false of what is about several, as the consent may be another's. */
  readonly byConsent: boolean;
  /** Whether it was made in an emergency. */
  readonly inEmergency: boolean;
}

export interface AlikeAccesses extends AccessSummary {
  readonly count: number;
}

/** Accesses to data of a patient: alone, among others, or by a search that its filter confines to the patient. */
export interface AccessesOf {
  readonly patient: string;
  /** Decided at or after, and before; milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly outcome: Outcome;
}

/** The accesses to one patient's data that are on record, once all can be searched. All reject with JOURNAL_UNAVAILABLE. */
export interface PatientAccessReader {
  /** How many there are. */
  count(query: AccessesOf): Promise<number>;
  /** Hands over accesses that are alike in how they count, and how many there are: a part at a time, those of another part may be alike again. */
  alike(query: AccessesOf, take: (part: readonly AlikeAccesses[]) => void): Promise<void>;
  /** The newest, at most `first`, below a position; none of the purposes in `without`, but for emergencies. */
  newest(
    query: AccessesOf & { readonly without: readonly string[]; readonly after: number | null; readonly first: number },
  ): Promise<readonly (AccessSummary & { readonly position: number })[]>;
  /** The first of these that a page has room for, in their order: one at least where there is any. */
  records(
    positions: readonly number[],
  ): Promise<readonly { readonly position: number; readonly record: DecisionRecord }[]>;
  /** How many allowed accesses to types other than these name no patient; at most `most` are counted. */
  namingNobody(query: {
    readonly from: number;
    readonly to: number;
    readonly without: readonly string[];
    readonly most: number;
  }): Promise<number>;
  /** How many accesses of a period, allowed or denied, it is erased of whose data they were about; at most `most` are counted. */
  erased(query: { readonly from: number; readonly to: number; readonly most: number }): Promise<number>;
}
