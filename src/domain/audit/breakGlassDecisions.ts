import type { Identity } from "../callers/types.ts";
import type { KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import { seesAll } from "../consent/breakGlass/whoMay.ts";
import type { DecisionReader, DecisionRecord } from "../decisions/types.ts";
import { endOf, type Page, type PageRequest } from "../kernel/pages.ts";
import type { Pseudonym } from "../kernel/ports.ts";
import { pseudonymised } from "../record/pseudonymised.ts";
import type { RecordAudit } from "./recordReads.ts";

/**
 * The decisions that name an emergency, allowed and denied, newest first: to an auditor as they are, to a reviewer under
 * pseudonyms, to a service those that it asked for itself. That an auditor reads them is on record before the answer. Of one that is not there, none. Rejects with JOURNAL_UNAVAILABLE.
 */
export type BreakGlassDecisions = (
  caller: Identity,
  id: string,
  page: PageRequest<number>,
) => Promise<Page<DecisionRecord, number>>;

/** Records that are read at once. */
const PART = 200;

const isUnder = ({ facts = [] }: DecisionRecord, { id }: KeptBreakGlass): boolean =>
  facts.some((fact) => fact.kind === "BREAK_GLASS" && fact.id === id);

export function createBreakGlassDecisions(deps: {
  readonly store: Pick<BreakGlassStore, "find">;
  readonly decisions: Pick<DecisionReader, "decisions">;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly recordAudit: RecordAudit;
}): BreakGlassDecisions {
  return async (caller, id, { after, first }) => {
    const kept = await deps.store.find(id);
    const items: Page<DecisionRecord, number>["items"][number][] = [];
    if (kept === null) return { items, hasNextPage: false };
    const { endsAt, patient, startedAt, subject } = kept;
    const filter = {
      ...{ patient, subjectId: subject.id, subjectType: subject.type, from: startedAt, to: endsAt + 1 },
      ...(seesAll(caller) ? {} : { callerId: caller.id }),
    };
    // Others of the time are about another organization, or were asked for another purpose.
    for (let at = after; items.length <= first; ) {
      const page = await deps.decisions.decisions({ filter, page: { first: PART, after: at } });
      items.push(...page.items.filter(({ node }) => isUnder(node, kept)));
      if (!page.hasNextPage) break;
      at = endOf(page);
    }
    const pseudonym = caller.roles.has("auditor") || !seesAll(caller) ? null : await deps.pseudonym();
    const taken = items.slice(0, first);
    if (caller.roles.has("auditor"))
      await deps.recordAudit(caller, {
        field: "breakGlassDecisions",
        filter: { breakGlassId: id },
        shown: taken.length,
      });
    return {
      items: pseudonym === null ? taken : taken.map(({ key, node }) => ({ key, node: pseudonymised(node, pseudonym) })),
      hasNextPage: items.length > first,
    };
  };
}
