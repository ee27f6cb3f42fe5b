import type { AccountingLine } from "../../record/accountingGivenAct.ts";
import type { Disclosure } from "./disclosure.ts";

type Told = Pick<Disclosure, "at" | "inPlainWords" | "line"> & {
  readonly recipient: { readonly address: string | null };
};

function lineOf(alike: readonly [Told, ...Told[]]): AccountingLine {
  const [{ inPlainWords, recipient }] = alike;
  const times = alike.map(({ at }) => at);
  return {
    ...inPlainWords,
    data: [...new Set(alike.map((each) => each.inPlainWords.data))].sort().join("; "),
    address: recipient.address,
    first: Math.min(...times),
    last: Math.max(...times),
    times: alike.length,
  };
}

/**
 * The lines of an accounting as a patient is given it: those of one `line` are one, with all that was disclosed, how often, the first and the
 * last time (45 CFR 164.528(b)(3)). In the order of the last times, the newest first.
 */
export function accountingLines(disclosures: readonly Told[]): readonly AccountingLine[] {
  const lines = new Map<string, [Told, ...Told[]]>();
  for (const each of disclosures) {
    const alike = lines.get(each.line);
    if (alike === undefined) lines.set(each.line, [each]);
    else alike.push(each);
  }
  return [...lines.values()].map(lineOf).sort((a, b) => b.last - a.last);
}
