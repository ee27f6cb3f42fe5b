import { seesAccesses } from "../callers/permissions.ts";
import type { Identity } from "../callers/types.ts";
import type { KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { DecisionReader, DecisionRecord } from "../decisions/types.ts";
import { endOf, type Page, type PageRequest } from "../kernel/pages.ts";
import type { Pseudonym } from "../kernel/ports.ts";
import { type OwnSubjects, pseudonymised, subjectNames } from "../record/pseudonymised.ts";
import type { RecordAudit } from "./recordReads.ts";

/**
 * The decisions that name an emergency, allowed and denied, newest first: to an auditor as they are, to a reviewer under
 * pseudonyms, to a service those that it asked for itself. Where the emergency names its subject to a reviewer, those are left out in which that is a
 * patient, or is one in what was found of them: beside the name they would tell whose the pseudonym is. A page ends where its texts come to
 * what a page may have, and may be empty: then it says where the next one begins. That an auditor reads them is on record before the answer. Of one that is not there, none. Rejects with JOURNAL_UNAVAILABLE.
 */
export type BreakGlassDecisions = (
  caller: Identity,
  id: string,
  page: PageRequest<number>,
) => Promise<Page<DecisionRecord, number>>;

/** Records that are read at once. */
const PART = 200;
/** What the texts of one page may come to, in characters: it ends with the decision that goes beyond it. */
const PAGE_SIZE = 1024 * 1024;
/** Reads of one page: an emergency is hours long, and others of its time may be many. */
const MOST_READS = 20;

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
      ...(seesAccesses(caller) ? {} : { callerId: caller.id }),
    };
    // Others of the time are about another organization, or were asked for another purpose.
    const pseudonym = caller.roles.has("auditor") || !seesAccesses(caller) ? null : await deps.pseudonym();
    let more = true;
    let left = PAGE_SIZE;
    let reached = after;
    for (let reads = 0; more && reads < MOST_READS && items.length < first && left > 0; reads++) {
      const page = await deps.decisions.decisions({ filter, page: { first: PART, after: reached } });
      more = page.hasNextPage;
      for (const { key, node } of page.items) {
        if (items.length === first || left <= 0) {
          more = true;
          break;
        }
        reached = key;
        if (!isUnder(node, kept)) continue;
        const shown = pseudonym === null ? node : await seen(node, kept, pseudonym);
        if (shown === null) continue;
        items.push({ key, node: shown });
        left -= JSON.stringify(shown).length;
      }
      if (items.length < first && left > 0) reached = endOf(page) ?? reached;
    }
    if (caller.roles.has("auditor"))
      await deps.recordAudit(caller, {
        field: "breakGlassDecisions",
        filter: { breakGlassId: id },
        shown: items.length,
      });
    return { items, hasNextPage: more, ...(more && reached !== null && { reached }) };
  };
}
