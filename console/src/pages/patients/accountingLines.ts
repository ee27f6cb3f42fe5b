/** A disclosure, as far as a line of an accounting tells it. */
export interface Disclosed {
  readonly decisionId: string;
  readonly mayBeUse: boolean;
  readonly at: string;
  readonly address: string | null;
  readonly recipient: string;
  readonly data: string;
  readonly purpose: string;
}

export interface AccountingLine extends Omit<Disclosed, "decisionId"> {
  /** What tells it from the others. */
  readonly key: string;
  readonly decisionIds: readonly string[];
  /** The first time; `at` is the last. */
  readonly first: string;
  readonly times: number;
}

/**
 * What the same recipient got for the same purpose more than once is one line, with how often, the first and the last time
 * (45 CFR 164.528(b)(3)), but for what may be use inside the house and what may not. In the order of the last times, the newest first, which is the order of `record disclosures`.
 */
export function accountingLines(disclosures: readonly Disclosed[]): readonly AccountingLine[] {
  const lines = new Map<string, AccountingLine>();
  for (const each of disclosures) {
    const { decisionId, ...said } = each;
    const { address, at: first, data, mayBeUse, purpose, recipient } = said;
    const key = JSON.stringify([recipient, address, data, purpose, mayBeUse]);
    const line = lines.get(key);
    lines.set(
      key,
      line === undefined
        ? { ...said, key, decisionIds: [decisionId], first, times: 1 }
        : { ...line, decisionIds: [...line.decisionIds, decisionId], first, times: line.times + 1 },
    );
  }
  return [...lines.values()];
}
