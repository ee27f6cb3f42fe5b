import type { DecideFacts } from "../decisions/facts.ts";
import { holderOf } from "../decisions/holds/roles.ts";
import { SEMANTICS_VERSION } from "../decisions/semantics.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { type Assignment, type Grant, holderKey, type Rule } from "../policy/types.ts";
import { decideAgain, differingParts, sameSemantics } from "./decideAgain.ts";
import { createFactsThen, type VersionStores } from "./factsThen.ts";
import { missingInputs } from "./replay/missingInputs.ts";

/** Why a decision came out as it did, by the policy as it was. */
export interface Explanation {
  readonly record: DecisionRecord;
  /** The rules that its reasons name, as they were. */
  readonly rules: readonly Rule[];
  /** What its client was granted then, and the roles that whoever asked held: whatever their period. */
  readonly grants: readonly Grant[];
  readonly assignments: readonly Assignment[];
  /**
   * Whether deciding again at its revision and time gives the same: to the byte, under the semantics of today. What lost a part to
   * erasure is not decided again.
   */
  readonly reproduced: boolean;
  /** In a sentence, if it does not. */
  readonly difference: string | null;
}

/** Grants and assignments of one explanation. */
const LISTED = 200;

function rulesOf(snapshot: Snapshot, record: DecisionRecord): readonly Rule[] {
  const details = record.kind === "GRANT" ? record.details.scopes.flatMap(({ reasons }) => reasons) : [];
  const ids = new Set([...record.reasons, ...details].flatMap(({ ruleId }) => (ruleId === null ? [] : [ruleId])));
  return [...ids].sort().flatMap((id) => snapshot.rules.get(id) ?? []);
}

function differenceOf(record: DecisionRecord, parts: readonly string[]): string | null {
  if (parts.length === 0) return null;
  const what = `Decided again it differs in ${parts.join(", ")}`;
  return sameSemantics(record)
    ? `${what}.`
    : `${what}. It was made by version ${record.semantics} of the semantics; this is version ${SEMANTICS_VERSION}.`;
}

/** @throws ScopewardenError POLICY_UNAVAILABLE; INTERNAL for a record of a revision, an entity, a consent, an emergency or a restriction that is not there. */
export async function explain(
  deps: VersionStores & {
    readonly snapshots: Snapshots;
    readonly facts: Pick<DecideFacts, "engine" | "fhirVersion">;
  },
  record: DecisionRecord,
): Promise<Explanation> {
  const snapshot = await deps.snapshots.at(record.policyRevision, "decisionId").catch((error) => {
    if (error instanceof ScopewardenError && error.code === "BAD_USER_INPUT")
      throw new ScopewardenError("INTERNAL", "The decision names a revision that the policy has not.");
    throw error;
  });
  const { clientId } = record.request;
  const grants = [...(snapshot.grants.get(clientId)?.values() ?? [])].slice(0, LISTED);
  if (missingInputs(record).length > 0) {
    const difference = "It can't be decided again: what identified people was erased after its time.";
    return { record, rules: rulesOf(snapshot, record), grants, assignments: [], reproduced: false, difference };
  }
  const then = await createFactsThen(deps).of(record);
  if (!("gathered" in then)) throw new ScopewardenError("INTERNAL", `The decision ${then[0]?.message}.`);
  const facts = { ...deps.facts, ...then, snapshot, now: record.decidedAt };
  const parts = differingParts(record, decideAgain(facts, record), sameSemantics(record));
  const holder = holderKey(holderOf(record.request));
  return {
    record,
    rules: rulesOf(snapshot, record),
    grants,
    assignments: [...(snapshot.assignments.get(holder)?.values() ?? [])].slice(0, LISTED),
    reproduced: parts.length === 0,
    difference: differenceOf(record, parts),
  };
}
