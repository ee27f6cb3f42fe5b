import { type OnRecord, onceId, open, PERSONAL } from "./onRecord.ts";

/** What one recipient got for one purpose, in the words in which a patient is given it. */
export interface AccountingLine {
  readonly recipient: string;
  readonly data: string;
  readonly purpose: string;
  readonly address: string | null;
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  readonly times: number;
}

/** Lines that were left out, as they were use inside the house. */
export interface StruckLines {
  readonly decisionIds: readonly string[];
  readonly lines: readonly AccountingLine[];
  /** In the words of who struck them. */
  readonly reason: string;
}

/** That a patient was given an accounting of disclosures, and all that was in it (45 CFR 164.528(d)). */
export interface AccountingGivenAct {
  readonly accountingId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who made it. */
  readonly author: string;
  readonly patient: string;
  /** As it stands on the sheet, by the directory or as it was typed. */
  readonly patientName: string;
  /** For which organization it was made, as it stands on the sheet. */
  readonly organization: string;
  /** Its period. */
  readonly from: number;
  readonly to: number;
  /** Which kinds of disclosures it lists. */
  readonly kinds: readonly string[];
  readonly lines: readonly AccountingLine[];
  readonly struck: readonly StruckLines[];
  /** How many there were in the period, by kind; those that it does not list, too. */
  readonly counts: readonly { readonly kind: string; readonly count: number }[];
  readonly namingNobody: number;
  readonly erased: number;
}

export const accountingGivenOnRecord = {
  words: "A patient was given an accounting of disclosures.",
  format: 1,
  id: onceId("accounting"),
  time: "at",
  members: {
    ...open("accountingId", "at", "author", "from", "to", "kinds", "namingNobody", "erased"),
    counts: [open("kind", "count")],
    lines: PERSONAL,
    organization: PERSONAL,
    patient: PERSONAL,
    patientName: PERSONAL,
    struck: PERSONAL,
  },
  erased: "OVER",
} as const satisfies OnRecord<AccountingGivenAct>;
