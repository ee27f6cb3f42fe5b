import type { Disclosure } from "../../domain/audit/disclosures/disclosure.ts";
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

type Items = readonly Answered<Disclosure>[];

/** The same recipient, by who it is and not by name: two people may bear one. */
const keyOf = ({ inPlainWords: { purpose, recipient }, recipient: who }: Items[number]): string =>
  JSON.stringify([recipient, purpose, who.clientId, who.subjectType, who.subjectId, who.address]);

function rowOf(items: Items, zone: Zone): HandedOutRow & { readonly from: number } {
  const [{ inPlainWords, recipient }] = items as [Items[number]];
  const times = items.map(({ at }) => Date.parse(at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  return {
    from,
    when: items.length === 1 ? zone.time(from) : `${items.length} times, from ${zone.time(from)} to ${zone.time(to)}`,
    to_whom: inPlainWords.recipient,
    address: recipient.address,
    what: [...new Set(items.map((each) => each.inPlainWords.data))].sort().join("; "),
    what_for: inPlainWords.purpose,
  };
}

/** The accounting as a patient is given it, oldest first, with repeats as one (45 CFR 164.528(b)(3)); a column that nothing stands in is left out. */
export function handedOut(items: Items, zone: Zone) {
  const groups = new Map<string, Answered<Disclosure>[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  const sorted = [...groups.values()].map((group) => rowOf(group, zone)).sort((a, b) => a.from - b.from);
  const rows = sorted.map(({ from: _, ...row }): HandedOutRow => row);
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
