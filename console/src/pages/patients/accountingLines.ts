/** A disclosure, as far as a line of an accounting tells it. */
export interface Disclosed {
  readonly at: string;
  readonly address: string | null;
  readonly recipient: string;
  readonly data: string;
  readonly purpose: string;
}

export interface AccountingLine extends Disclosed {
  /** The first time; `at` is the last. */
  readonly first: string;
  readonly times: number;
}

/**
 * What the same recipient got for the same purpose more than once is one line, with how often, the first and the last time
 * (45 CFR 164.528(b)(3)). In the order of the last times, the newest first, which is the order of `disclosures`.
 */
export function accountingLines(disclosures: readonly Disclosed[]): readonly AccountingLine[] {
  const lines = new Map<string, AccountingLine>();
  for (const each of disclosures) {
    const { address, at, data, purpose, recipient } = each;
    const key = JSON.stringify([recipient, address, data, purpose]);
    const line = lines.get(key);
    lines.set(
      key,
      line === undefined ? { ...each, first: at, times: 1 } : { ...line, first: at, times: line.times + 1 },
    );
  }
  return [...lines.values()];
}
