import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { ConsentStore } from "../consent/store.ts";
import type { Consent } from "../consent/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import { linkedNow } from "../decisions/gather.ts";
import { holderOf } from "../decisions/holds/roles.ts";
import type { RestrictionFacts } from "../decisions/restrictions/store.ts";
import { SEMANTICS_VERSION } from "../decisions/semantics.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import type { DirectoryStore } from "../directory/store.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { type Assignment, type Grant, holderKey, type Rule } from "../policy/types.ts";
import { breakGlassesThen } from "./breakGlassesThen.ts";
import { consentNames } from "./consentsThen.ts";
import { decideAgain, differingParts, sameSemantics } from "./decideAgain.ts";
import { knownThen } from "./knownThen.ts";
import { missingInputs } from "./replay/missingInputs.ts";
import { restrictionsThen } from "./restrictionsThen.ts";

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

async function consentsOf(store: Pick<ConsentStore, "versions">, record: DecisionRecord): Promise<readonly Consent[]> {
  const consents = await store.versions(consentNames(record));
  if (consents.includes(null))
    throw new ScopewardenError("INTERNAL", "The decision names a version of a consent that is not there.");
  return consents as readonly Consent[];
}

/** @throws ScopewardenError POLICY_UNAVAILABLE; INTERNAL for a record of a revision, an entity, a consent, an emergency or a restriction that is not there. */
export async function explain(
  deps: {
    readonly snapshots: Snapshots;
    readonly directory: Pick<DirectoryStore, "version">;
    readonly consents: Pick<ConsentStore, "versions">;
    readonly breakGlasses: Pick<BreakGlassStore, "versions">;
    readonly restrictions: Pick<RestrictionFacts, "versions">;
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
  const directory = await knownThen(deps.directory, record);
  const { breakGlasses, gone } = await breakGlassesThen(deps.breakGlasses, record);
  if (gone.length > 0)
    throw new ScopewardenError("INTERNAL", "The decision names a version of an emergency that is not there.");
  const restricted = await restrictionsThen(deps.restrictions, record);
  if (restricted.gone.length > 0)
    throw new ScopewardenError("INTERNAL", "The decision names a version of a restriction that is not there.");
  const { restrictions } = restricted;
  const consents = await consentsOf(deps.consents, record);
  const gathered = {
    breakGlasses,
    restrictions,
    consents,
    linked: linkedNow(consents, record.request.subject, directory),
  };
  const facts = { ...deps.facts, snapshot, directory, gathered, now: record.decidedAt };
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
