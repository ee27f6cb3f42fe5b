import type { RecordAudit } from "../../audit/recordReads.ts";
import { seesAccesses } from "../../callers/permissions.ts";
import type { Identity } from "../../callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { type OwnSubjects, pseudonymised } from "../../record/pseudonymised.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";

/** What of a finding, as it is shown to the caller, says which decisions are behind it. */
type ShownFinding = Pick<KeptFinding, "id" | "decisionId" | "evidence"> & {
  readonly subjectId: string | null;
  /** How many are wanted. */
  readonly first: number;
};

/**
 * The decision that each finding is about, then those that it rests on: to an auditor as they are, to a reviewer under pseudonyms. Left out
 * is what is no longer on record, and for reviewers a decision that calls the finding's subject otherwise than the finding does: both names
 * side by side would tell whose the pseudonym is. That an auditor reads them is one act, for all findings together.
 * @throws ScopewardenError FORBIDDEN to who sees no accesses, LIMIT_EXCEEDED, JOURNAL_UNAVAILABLE
 */
export type FindingDecisions = (
  caller: Identity,
  findings: readonly ShownFinding[],
) => Promise<readonly (readonly DecisionRecord[])[]>;

/** Decisions that are read for one answer. */
const MOST_READ = 500;

export function createFindingDecisions(deps: {
  readonly decisions: Pick<DecisionReader, "decisionsById">;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly ownSubjects: OwnSubjects;
  readonly recordAudit: RecordAudit;
}): FindingDecisions {
  return async (caller, findings) => {
    if (!seesAccesses(caller))
      throw new ScopewardenError("FORBIDDEN", "The decisions behind findings are for reviewers and auditors.");
    const isAuditor = caller.roles.has("auditor");
    const pseudonym = isAuditor ? null : await deps.pseudonym();
    const behind = findings.map(({ decisionId, evidence, first }) => [decisionId, ...evidence].slice(0, first));
    // What a reviewer is shown rests on the decision that the finding is about, whether it is asked for or not.
    const wanted = new Set([...behind.flat(), ...(isAuditor ? [] : findings.map(({ decisionId }) => decisionId))]);
    if (wanted.size > MOST_READ)
      throw new ScopewardenError(
        "LIMIT_EXCEEDED",
        `The findings of this answer rest on ${wanted.size} decisions; at most ${MOST_READ} are shown. Ask for fewer findings, or for fewer decisions of each with \`first\`.`,
      );
    const records = await deps.decisions.decisionsById([...wanted]);
    const seen = new Map<string, DecisionRecord>();
    for (const [id, record] of records)
      seen.set(id, pseudonym === null ? record : pseudonymised(record, pseudonym, await deps.ownSubjects(id)));
    const shown = findings.map(({ decisionId, subjectId }, i) => {
      const about = records.get(decisionId);
      const isShown = (id: string): boolean => {
        if (isAuditor) return true;
        const own = records.get(id)?.request.subject ?? null;
        // Without the decision that it is about nobody can tell whether they are the same.
        if (about === undefined) return false;
        return own?.id !== about.request.subject?.id || (seen.get(id)?.request.subject?.id ?? null) === subjectId;
      };
      return (behind[i] ?? []).flatMap((id) => {
        const record = seen.get(id);
        return record === undefined || !isShown(id) ? [] : [record];
      });
    });
    if (isAuditor) {
      const count = new Set(shown.flat()).size;
      await deps.recordAudit(caller, { field: "findingDecisions", filter: {}, shown: count });
    }
    return shown;
  };
}
