import { journalView } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { DecisionFilter, DecisionPage, DecisionReader, DecisionRecord } from "../decisions/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { PageRequest } from "../kernel/pages.ts";
import type { Clock, NewId } from "../kernel/ports.ts";
import { type Act, auditAct } from "../record/acts.ts";
import { type ArchivedIn, archiveOfId } from "../record/archive/archivedIn.ts";
import type { AuditAct } from "../record/auditAct.ts";
import type { InclusionProof, RecordProofs } from "../record/tree/recordProofs.ts";

/** Puts on record, before the answer, that somebody reads what is on record of others. Rejects with JOURNAL_UNAVAILABLE. */
export type RecordAudit = (caller: Caller, read: Omit<AuditAct, "at" | "callerId">) => Promise<void>;

export const createRecordAudit =
  (deps: {
    readonly clock: Clock;
    readonly newId: NewId;
    readonly recordAct: (act: Act) => Promise<void>;
  }): RecordAudit =>
  (caller, read) =>
    deps.recordAct(auditAct(deps.newId(), { ...read, at: deps.clock(), callerId: caller.id }));

/**
 * The decisions on record as a caller sees them: to an auditor all, and that they were read is on record before the answer; to a service
 * those that it asked for itself. Rejects with JOURNAL_UNAVAILABLE.
 */
export interface RecordReads {
  /**
   * Null: there is none of this id, or it is not for this caller.
   * @throws ScopewardenError NOT_FOUND where its id says that it would be in an archive, which it names
   */
  decision(caller: Caller, id: string): Promise<DecisionRecord | null>;
  /** Newest first. `filter` is canonical. */
  decisions(
    caller: Caller,
    query: { readonly filter: DecisionFilter; readonly page: PageRequest<number> },
  ): Promise<DecisionPage>;
  /** The whole of a decision, with what proves it; for auditors alone. @throws ScopewardenError as RecordProofs do */
  inclusionProof(caller: Caller, decisionId: string): Promise<InclusionProof>;
}

export function createRecordReads({
  archivedIn,
  decisions: reader,
  proofs,
  recordAudit,
}: {
  readonly archivedIn: ArchivedIn;
  readonly decisions: DecisionReader;
  readonly proofs: Pick<RecordProofs, "inclusionProof">;
  readonly recordAudit: RecordAudit;
}): RecordReads {
  /** @throws ScopewardenError NOT_FOUND where the id is of a month that is archived */
  async function requireNotArchived(id: string): Promise<void> {
    const archive = await archiveOfId(archivedIn, id);
    if (archive === null) return;
    const { file, month, sha256 } = archive;
    const text = `The decision ${id} is not in the database: the acts of ${month} are archived in ${file}, SHA-256 ${sha256}. See scopewarden record verify-proof.`;
    throw new ScopewardenError("NOT_FOUND", text);
  }

  return {
    async decision(caller, id) {
      const record = await reader.decision(id);
      const view = journalView(caller);
      if (view !== null) {
        if (record === null) await requireNotArchived(id);
        return record?.callerId === view ? record : null;
      }
      const shown = record === null ? 0 : 1;
      await recordAudit(caller, { field: "decision", filter: { decisionId: id }, shown });
      if (record === null) await requireNotArchived(id);
      return record;
    },
    async decisions(caller, { filter, page }) {
      const view = journalView(caller);
      if (view !== null) {
        const { callerId = view } = filter;
        if (callerId !== view) return { items: [], hasNextPage: false };
        return reader.decisions({ filter: { ...filter, callerId: view }, page });
      }
      const found = await reader.decisions({ filter, page });
      await recordAudit(caller, { field: "decisions", filter, shown: found.items.length });
      return found;
    },
    async inclusionProof(caller, decisionId) {
      const proof = await proofs.inclusionProof(decisionId).catch(async (error: unknown) => {
        if (error instanceof ScopewardenError && error.code === "NOT_FOUND") await requireNotArchived(decisionId);
        throw error;
      });
      await recordAudit(caller, { field: "inclusionProof", filter: { decisionId }, shown: 1 });
      return proof;
    },
  };
}
