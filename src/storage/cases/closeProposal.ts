import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { proposalAct } from "../../domain/record/acts.ts";
import { actOf, proposalKind, requireDigest } from "../../domain/simulation/proposals/proposalKind.ts";
import type { Dialect } from "../database/dialect.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { createCaseSql } from "./caseSql.ts";

export function createCloseProposal(deps: {
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): CloseProposal {
  const proposals = createCaseSql(deps.dialect, proposalKind);
  return async (run, { proposalId, digest, by, at, policyRevision }, revision) => {
    if (policyRevision !== undefined) {
      const [head] = (await run('SELECT MAX("revision") AS head FROM policy_revision')).rows;
      if (Number(head?.head ?? 0) !== policyRevision)
        throw new ScopewardenError("CONFLICT", "The policy has just changed. Nothing was made; try again.");
    }
    const applied = await proposals.take(run, proposalId, {
      ...{ at, from: ["APPROVED"] },
      change(kept) {
        requireDigest(kept, digest);
        return { ...kept, state: "APPLIED", closed: { at, by, reason: null }, appliedRevision: revision };
      },
    });
    await deps.putOnRecord(run, proposalAct(actOf(applied, "APPLIED", { at, author: by, revision }), ""));
  };
}
