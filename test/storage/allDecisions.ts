import type { DecisionFilter, DecisionReader, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { endOf } from "../../src/domain/kernel/pages.ts";

/** Every decision that a filter lets through, newest first, page by page. */
export async function allDecisions(
  { decisions }: { readonly decisions: DecisionReader },
  filter: DecisionFilter = {},
  /** Those included that count as no access of their own. */
  parts?: true,
): Promise<readonly DecisionRecord[]> {
  const found: DecisionRecord[] = [];
  for (let after: number | null = null; ; ) {
    const page = await decisions.decisions({ filter, page: { first: 2000, after }, ...(parts && { parts }) });
    found.push(...page.items.map(({ node }) => node));
    if (!page.hasNextPage) return found;
    after = endOf(page);
  }
}
