import type { AccessRequest, DecisionRecord, GrantRequest } from "../../domain/decisions/types.ts";
import type { WatchedEmergency, Widening } from "../../domain/monitoring/watchedDecision.ts";
import { basisOf } from "../../domain/monitoring/widened/basis.ts";
import { wideningOf } from "../../domain/monitoring/widened/wideningOf.ts";
import { emergenciesThen } from "./emergenciesThen.ts";
import type { Database } from "./policyRowsThen.ts";
import { createPoliciesThen } from "./policyThen.ts";

/** By which young change of the policy a decision was allowed, and in which emergency. */
interface Grounds {
  readonly widened: Widening | null;
  readonly emergency: WatchedEmergency | null;
}

/** What some decisions rest on beside what explains them; `request` is merged with what the directory had. */
export function createGroundsThen(): (
  database: Database,
  decisions: readonly { readonly record: DecisionRecord; readonly request: AccessRequest | GrantRequest }[],
) => Promise<(record: DecisionRecord) => Grounds> {
  const policiesThen = createPoliciesThen();
  return async (database, decisions) => {
    const bases = new Map(decisions.map(({ record, request }) => [record, basisOf(record, request)]));
    const policies = await policiesThen(
      database,
      [...bases.values()].filter((basis) => basis !== null),
    );
    const emergencyOf = await emergenciesThen(database, [...bases.keys()]);
    return (record) => {
      const basis = bases.get(record) ?? null;
      const isYoung = policies !== null && basis !== null && policies.isYoung(basis);
      return { widened: isYoung ? wideningOf(basis, policies.policy) : null, emergency: emergencyOf(record) };
    };
  };
}
