/** What is wrong with a record, as it is told apart. Positions are those of the journal; sizes count leaves of the tree. */
export type RecordFinding =
  /** An act is not the one that was put on record. */
  | { readonly kind: "CHANGED"; readonly position: number; readonly id: string }
  /**
   * The act is what was put on record, but values that identify people are gone from it, and no act of erasure on record says so; or one
   * does for which no checkpoint speaks yet.
   */
  | {
      readonly kind: "ERASED";
      readonly position: number;
      readonly id: string;
      readonly values: number;
      readonly unsigned?: true;
    }
  /** Acts are gone, from a position up to and with another: all of them between. */
  | { readonly kind: "REMOVED"; readonly position: number; readonly until: number }
  /**
   * An act says that acts are in an archive, and it is not on record as it stands, or the tree does not have them as it says; or no
   * checkpoint speaks for it yet.
   */
  | { readonly kind: "WRONG_ARCHIVE"; readonly position: number; readonly id: string; readonly unsigned?: true }
  /** An act stands where there was none. */
  | { readonly kind: "INSERTED"; readonly position: number; readonly id: string }
  /** An act that is on record, in the place of another. */
  | { readonly kind: "REORDERED"; readonly position: number; readonly id: string }
  /** From a position on, or from a size on, all is gone. */
  | { readonly kind: "CUT_TAIL"; readonly position: number | null; readonly size: number; readonly expected: number }
  /** A checkpoint is signed by no key that speaks for the record, or says something else than its row. */
  | { readonly kind: "FORGED_SIGNATURE"; readonly size: number }
  /** Acts and tree agree, but not with what was signed: something was changed after one size and before another, and the tree made anew. */
  | { readonly kind: "REWRITTEN"; readonly after: number; readonly until: number }
  /** The hashes that are kept can't be read, or are not those of the acts, which are as they were signed; or do not agree with each other. */
  | { readonly kind: "TREE_DAMAGED"; readonly size: number };

/** Where it begins, to name the first. What is told of a checkpoint comes after what is told of acts. */
export const placeOf = (finding: RecordFinding): number =>
  "position" in finding && finding.position !== null ? finding.position : Number.MAX_SAFE_INTEGER;

const UNSIGNED = "that no checkpoint speaks for yet: verify again once one is signed";

export function findingText(finding: RecordFinding): string {
  switch (finding.kind) {
    case "CHANGED":
      return `changed: the act ${finding.id} at position ${finding.position} is not what was put on record`;
    case "ERASED":
      return `erased: ${finding.values} ${finding.values === 1 ? "value" : "values"} of the act ${finding.id} at position ${finding.position}${finding.unsigned ? `, by an act ${UNSIGNED}` : ""}`;
    case "REMOVED":
      return finding.until === finding.position
        ? `removed: the act at position ${finding.position} is gone`
        : `removed: all acts from position ${finding.position} to ${finding.until} are gone`;
    case "WRONG_ARCHIVE":
      if (finding.unsigned)
        return `unsigned archive: the act ${finding.id} at position ${finding.position} says that acts were archived, and is one ${UNSIGNED}`;
      return `wrong archive: the act ${finding.id} at position ${finding.position} says that acts were archived which are not those of the tree`;
    case "INSERTED":
      return `inserted: the act ${finding.id} at position ${finding.position} was put there later`;
    case "REORDERED":
      return `reordered: the act ${finding.id} at position ${finding.position} stood elsewhere`;
    case "CUT_TAIL":
      return finding.position === null
        ? `cut tail: the tree ends at ${finding.size} acts; a checkpoint was signed over ${finding.expected}`
        : `cut tail: from position ${finding.position} on all acts are gone; ${finding.size} of ${finding.expected} are there`;
    case "FORGED_SIGNATURE":
      return `forged signature: the checkpoint over ${finding.size} acts is signed by none of the keys`;
    case "REWRITTEN":
      return `rewritten: an act among those from number ${finding.after + 1} to ${finding.until} was changed, removed or inserted, and the tree made anew over it`;
    case "TREE_DAMAGED":
      return `tree damaged: of the hashes that are kept of the first ${finding.size} acts some can't be read, or are not those of the acts`;
  }
}

/** What is told in the end of what is wrong besides. */
export const moreText = (more: number): readonly string[] =>
  more === 0 ? [] : [`and ${more} more of the acts, or runs of them, are not as they were put on record`];

/** What is told beside, where all is right: values that are gone as they should be. `isSaid`: acts that are there say so. */
export function erasedText(values: number, isSaid = true): string {
  if (!isSaid)
    return `${values === 1 ? "One value that identified people was" : `${values} values that identified people were`} erased before: by which act, the record after it says.`;
  return values === 1
    ? "One value that identified people was erased after its time, as an act on record says."
    : `${values} values that identified people were erased after their time, as acts on record say.`;
}
