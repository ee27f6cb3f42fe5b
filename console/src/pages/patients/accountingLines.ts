/** A disclosure, as far as a line of an accounting tells it. */
export interface Disclosed {
  readonly decisionId: string;
  readonly mayBeUse: boolean;
  /** On which it stands, as the service says. */
  readonly line: string;
  readonly at: string;
  readonly address: string | null;
  readonly recipient: string;
  readonly data: string;
  readonly purpose: string;
}

export interface AccountingLine extends Omit<Disclosed, "decisionId" | "line"> {
  /** What tells it from the others. */
  readonly key: string;
  readonly decisionIds: readonly string[];
  /** The first time; `at` is the last. */
  readonly first: string;
  readonly times: number;
}

/**
 * What the service calls one line is told once, with all that was disclosed, how often, the first and the last time (45 CFR 164.528(b)(3)). In the
 * order of the last times, the newest first, in which the disclosures come.
 */
export function accountingLines(disclosures: readonly Disclosed[]): readonly AccountingLine[] {
  const lines = new Map<string, Disclosed[]>();
  for (const each of disclosures) lines.set(each.line, [...(lines.get(each.line) ?? []), each]);
  return [...lines].map(([key, alike]) => {
    const [{ decisionId: _id, line: _line, ...newest }] = alike as [Disclosed, ...Disclosed[]];
    return {
      ...newest,
      key,
      data: [...new Set(alike.map(({ data }) => data))].sort().join("; "),
      decisionIds: alike.map(({ decisionId }) => decisionId),
      first: alike.at(-1)?.at ?? newest.at,
      times: alike.length,
    };
  });
}
