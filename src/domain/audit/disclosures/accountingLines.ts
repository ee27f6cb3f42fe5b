import type { AccountingLine } from "../../record/accountingGivenAct.ts";
import type { Disclosure } from "./disclosure.ts";

/** The same recipient, by who it is and not by name: two people may bear one. */
const keyOf = ({ inPlainWords: { data, purpose, recipient }, mayBeUse, recipient: who }: Disclosure): string =>
  JSON.stringify([recipient, data, purpose, who.clientId, who.subjectType, who.subjectId, who.address, mayBeUse]);

/**
 * The lines of an accounting as a patient is given it: what the same recipient got for the same purpose more than once is one, with how often,
 * the first and the last time (45 CFR 164.528(b)(3)). In the order of the last times, the newest first.
 */
export function accountingLines(disclosures: readonly Disclosure[]): readonly AccountingLine[] {
  const lines = new Map<string, AccountingLine>();
  for (const each of disclosures) {
    const key = keyOf(each);
    const { at: last, inPlainWords, recipient } = each;
    const known = lines.get(key);
    lines.set(
      key,
      known === undefined
        ? { ...inPlainWords, address: recipient.address, first: last, last, times: 1 }
        : { ...known, first: Math.min(known.first, last), last: Math.max(known.last, last), times: known.times + 1 },
    );
  }
  return [...lines.values()].sort((a, b) => b.last - a.last);
}
