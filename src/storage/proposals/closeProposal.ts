import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { proposalAct } from "../../domain/record/acts.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";

export function createCloseProposal(deps: {
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): CloseProposal {
  const { dialect, putOnRecord } = deps;
  const close = withParameters(
    dialect,
    `UPDATE proposal SET "state" = 'APPLIED', "closed_at" = ?, "closed_by" = ?, "applied_revision" = ?
      WHERE "id" = ? AND "digest" = ? AND "state" = 'APPROVED' AND "expires_at" > ?`,
  );
  const read = withParameters(dialect, 'SELECT "base_revision", "emergency", "title" FROM proposal WHERE "id" = ?');
  return async (run, { proposalId, digest, by, at, policyRevision }, revision) => {
    if (policyRevision !== undefined) {
      const [head] = (await run('SELECT MAX("revision") AS head FROM policy_revision')).rows;
      if (Number(head?.head ?? 0) !== policyRevision)
        throw new ScopewardenError("CONFLICT", "The policy has just changed. Nothing was made; try again.");
    }
    const { affected } = await run(close, [at, by, revision, proposalId, digest, at]);
    if (affected !== 1) {
      throw new ScopewardenError(
        "CONFLICT",
        `Proposal ${proposalId} is not approved any more, or not as it was read. Nothing was changed.`,
      );
    }
    const [row] = (await run(read, [proposalId])).rows;
    const act = {
      event: "APPLIED" as const,
      proposalId,
      at,
      author: by,
      digest,
      baseRevision: Number(row?.base_revision),
      emergency: row?.emergency === true || row?.emergency === 1,
      title: String(row?.title),
      text: null,
      flipsReason: null,
      revision,
    };
    await putOnRecord(run, proposalAct(act, ""));
  };
}
