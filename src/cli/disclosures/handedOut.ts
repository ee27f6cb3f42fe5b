import { accountingLines } from "../../domain/audit/disclosures/accountingLines.ts";
import type { Disclosure } from "../../domain/audit/disclosures/disclosure.ts";
import type { AccountingLine } from "../../domain/record/accountingGivenAct.ts";
import type { Zone } from "../zone.ts";
import type { Answered } from "./rows.ts";

/** A row of the accounting that a patient is given: what went to one recipient for one purpose. */
export interface HandedOutRow {
  readonly when: string;
  readonly to_whom: string;
  readonly address: string | null;
  readonly what: string;
  readonly what_for: string;
}
/** What each column means, in the order of the columns. */
const HANDED_OUT_COLUMNS = {
  when: "When it was disclosed. What went to the same recipient for the same purpose more than once is one line: how often, from when to when.",
  to_whom: "Who received the data, and the program that was used.",
  address: "Of the recipient.",
  what: "What was disclosed.",
  what_for: "What it was for, as whoever asked for it stated.",
} as const satisfies Record<keyof HandedOutRow, string>;

function rowOf({ address, data, first, last, purpose, recipient, times }: AccountingLine, zone: Zone): HandedOutRow {
  return {
    when: times === 1 ? zone.time(first) : `${times} times, from ${zone.time(first)} to ${zone.time(last)}`,
    to_whom: recipient,
    address,
    what: data,
    what_for: purpose,
  };
}

/** The accounting as a patient is given it, oldest first, with repeats as one (45 CFR 164.528(b)(3)); a column that nothing stands in is left out. */
export function handedOut(items: readonly Answered<Disclosure>[], zone: Zone) {
  const lines = accountingLines(items.map((item) => ({ ...item, at: Date.parse(item.at) })));
  const rows = lines.toSorted((a, b) => a.first - b.first).map((line) => rowOf(line, zone));
  const named = Object.entries(HANDED_OUT_COLUMNS).filter(([name]) =>
    rows.some((row) => (row[name as keyof HandedOutRow] ?? "") !== ""),
  );
  return { rows, columns: Object.fromEntries(named) as Readonly<Record<string, string>> };
}

/** A row in lines: when, and beneath it all else. */
export const linesOf = ({ address, to_whom, what, what_for, when }: HandedOutRow): readonly string[] => [
  when,
  `  To whom: ${to_whom}`,
  ...(address === null ? [] : [`  Address: ${address}`]),
  `  What: ${what}`,
  `  What for: ${what_for}`,
];
