import type { Identity } from "../callers/types.ts";
import type { KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import { seesAll } from "../consent/breakGlass/whoMay.ts";
import type { DecisionReader, DecisionRecord } from "../decisions/types.ts";
import { endOf, type Page, type PageRequest } from "../kernel/pages.ts";
import type { Pseudonym } from "../kernel/ports.ts";
import { type OwnSubjects, pseudonymised, subjectNames } from "../record/pseudonymised.ts";
import type { RecordAudit } from "./recordReads.ts";

/**
 * The decisions that name an emergency, allowed and denied, newest first: to an auditor as they are, to a reviewer under
 * pseudonyms, to a service those that it asked for itself. Where the emergency names its subject to a reviewer, those are left out in which that is a
 * patient, or is one in what was found of them: beside the name they would tell whose the pseudonym is. That an auditor reads them is on record before the answer. Of one that is not there, none. Rejects with JOURNAL_UNAVAILABLE.
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
  readonly ownSubjects: OwnSubjects;
  readonly recordAudit: RecordAudit;
}): BreakGlassDecisions {
  /** As a reviewer sees it; null: not at all. */
  async function seen(
    record: DecisionRecord,
    kept: KeptBreakGlass,
    pseudonym: Pseudonym,
  ): Promise<DecisionRecord | null> {
    const own = await deps.ownSubjects(record.id);
    const { patient, subject } = kept;
    const isNamed = subject.id !== patient;
    if (isNamed && subjectNames(record, pseudonym, own)(subject.id) !== subject.id) return null;
    return pseudonymised(record, pseudonym, own);
  }

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
    const pseudonym = caller.roles.has("auditor") || !seesAll(caller) ? null : await deps.pseudonym();
    for (let at = after; items.length <= first; ) {
      const page = await deps.decisions.decisions({ filter, page: { first: PART, after: at } });
      for (const { key, node } of page.items) {
        if (items.length > first || !isUnder(node, kept)) continue;
        const shown = pseudonym === null ? node : await seen(node, kept, pseudonym);
        if (shown !== null) items.push({ key, node: shown });
      }
      if (!page.hasNextPage) break;
      at = endOf(page);
    }
    const taken = items.slice(0, first);
    if (caller.roles.has("auditor"))
      await deps.recordAudit(caller, {
        field: "breakGlassDecisions",
        filter: { breakGlassId: id },
        shown: taken.length,
      });
    return { items: taken, hasNextPage: items.length > first };
  };
}
