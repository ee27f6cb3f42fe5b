import { OperatorError } from "../faults.ts";

/** What is not as it must be with a database's file and what stands beside it. */
export type Finding =
  | { readonly kind: "DAMAGED"; readonly detail: string }
  /** What FTS5 keeps in the pages of a month's table of the search index, which are sound. It is made again from the journal. */
  | { readonly kind: "INDEX_DAMAGED"; readonly table: string; readonly detail: string }
  /** The journal ends before a position that it had reached. */
  | { readonly kind: "ACTS_MISSING"; readonly expected: number; readonly found: number }
  /** At the position that the journal had reached stands another act. */
  | { readonly kind: "ANOTHER_JOURNAL"; readonly expected: number; readonly found: number }
  | { readonly kind: "MARK_UNREADABLE"; readonly found: number };

export type IndexDamaged = Extract<Finding, { readonly kind: "INDEX_DAMAGED" }>;
/** What somebody may accept, as there is nothing left to be mended. Damage is not: a backup is needed. */
export type Acceptable = Exclude<Finding, { readonly kind: "DAMAGED" | "INDEX_DAMAGED" }>;

/** Whether it stops nothing that decides. */
export const isOfIndex = (finding: Finding): finding is IndexDamaged => finding.kind === "INDEX_DAMAGED";
export const isAcceptable = (finding: Finding): finding is Acceptable =>
  finding.kind !== "DAMAGED" && finding.kind !== "INDEX_DAMAGED";

const acts = (n: number): string => (n === 1 ? "1 act is" : `${n} acts are`);

export function findingText(finding: Finding, path: string): string {
  switch (finding.kind) {
    case "DAMAGED":
      return `${path} is damaged: ${finding.detail}`;
    case "INDEX_DAMAGED":
      return `the search index ${finding.table} in ${path} is damaged, and nothing else: ${finding.detail}`;
    case "ACTS_MISSING":
      return `${acts(finding.expected - finding.found)} missing at the end of the journal in ${path}: it had reached position ${finding.expected}, and ends at ${finding.found}`;
    case "ANOTHER_JOURNAL":
      return `${path} holds another journal than it did: the act at position ${finding.expected} is not the one that stood there`;
    case "MARK_UNREADABLE":
      return `the high-water mark ${path}.mark can't be read, so nobody can say whether the journal, which ends at position ${finding.found}, is all there`;
  }
}

/** Stops the start, in words for the operator. */
export class FileNotAsItWas extends OperatorError {
  override readonly name = "FileNotAsItWas";

  constructor(path: string, findings: readonly Finding[]) {
    const texts = findings.map((finding) => `  ${findingText(finding, path)}`);
    super(
      `the database is not as it was left:\n${texts.join("\n")}\nChange nothing, keep a copy of the folder, and run \`scopewarden db recover\`: it says what can be done.`,
    );
  }
}
