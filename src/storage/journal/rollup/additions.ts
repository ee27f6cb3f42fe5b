import { countsAlone } from "../../../domain/decisions/countedAs.ts";
import type { ExplainedAccess } from "../../../domain/monitoring/explanations/seenBefore.ts";
import { isSharedType } from "../../../domain/scopes/sharedTypes.ts";
import { withoutConstraint } from "../../../domain/scopes/withoutConstraint.ts";
import type { IndexedDecision } from "../search/indexedDecision.ts";
import { type DimensionName, dimensionOf, GRAINS, type Grain, type Key } from "./dimensions.ts";

/** What is to be added under one key: data alone, each bucket once. Times are milliseconds since 1970. */
export interface Addition {
  readonly dimension: DimensionName;
  readonly key: Key;
  /** When what stands first in the journal was, and the newest, of what is counted. */
  readonly first: number;
  readonly last: number;
  readonly counts: readonly (readonly [grain: Grain, bucket: number, n: number])[];
}

type Counted = readonly [dimension: DimensionName, at: number, key: Key];

export const bucketOf = (at: number, grain: Grain): number => Math.floor(at / GRAINS[grain].ms);

function summed(counted: Iterable<Counted>): readonly Addition[] {
  const sums = new Map<
    string,
    { dimension: DimensionName; key: Key; first: number; last: number; n: Map<string, number> }
  >();
  for (const [dimension, at, key] of counted) {
    const name = `${dimension}${JSON.stringify(key)}`;
    const sum = sums.get(name) ?? { dimension, key, first: at, last: at, n: new Map<string, number>() };
    sums.set(name, sum);
    sum.last = Math.max(sum.last, at);
    for (const grain of dimensionOf(dimension).grains) {
      const bucket = `${grain} ${bucketOf(at, grain)}`;
      sum.n.set(bucket, (sum.n.get(bucket) ?? 0) + 1);
    }
  }
  return [...sums.values()].map(({ n, ...sum }) => ({
    ...sum,
    counts: [...n].map(([bucket, count]) => {
      const [grain, number] = bucket.split(" ") as [Grain, string];
      return [grain, Number(number), count] as const;
    }),
  }));
}

/** The patient of a resource of type Patient is its id; of what was erased nobody knows. */
const isOfNobody = ({ erased, patient, resourceId, resourceType }: IndexedDecision): boolean =>
  !erased && patient === null && !(resourceType === "Patient" && resourceId !== null);

function* countedIn(decisions: Iterable<IndexedDecision>): Generator<Counted> {
  for (const decision of decisions) {
    if (decision.kind !== "ACCESS" || !countsAlone(decision.outcome)) continue;
    const { clientId, decidedAt: at, moreScopes, outcome, purposeOfUse, resourceType, scope } = decision;
    yield [
      "DECISION",
      at,
      [
        outcome,
        decision.callerId,
        clientId,
        scope === null ? null : withoutConstraint(scope),
        resourceType,
        purposeOfUse,
        decision.organization,
        decision.reasonCodes?.split("|").slice(1, -1) ?? [],
        decision.ruleIds === null ? [] : (JSON.parse(decision.ruleIds) as readonly string[]),
      ],
    ];
    const isOfPatients = !isSharedType(resourceType);
    yield [
      "BLIND",
      at,
      [
        !decision.erased && decision.ipAddress === null ? "NO_ADDRESS" : null,
        isOfPatients ? "OF_PATIENTS" : null,
        isOfPatients && isOfNobody(decision) ? "NO_PATIENT" : null,
        purposeOfUse === null ? "NO_PURPOSE" : null,
      ],
    ];
    if (outcome !== "ALLOW") continue;
    // An answer uses the scope that it names, and those on which it rests beside that (domain/decisions/scopesUsed.ts).
    const used = [...(scope === null ? [] : [scope]), ...(moreScopes === null ? [] : moreScopes.trim().split(" "))];
    for (const each of used) yield ["USE", at, [each, clientId]];
  }
}

/** What decisions add to the dimensions DECISION, USE and BLIND. */
export const additionsOf = (decisions: Iterable<IndexedDecision>): readonly Addition[] => summed(countedIn(decisions));

function* explainedIn(accesses: Iterable<ExplainedAccess>): Generator<Counted> {
  for (const { at, clientId, explanation, organization, role } of accesses) {
    yield ["EXPLAINED", at, [organization, clientId, role, explanation?.kind ?? null]];
    yield ["EXPLAINED_EVER", at, [organization, role, explanation === null ? null : "YES"]];
  }
}

/** What accesses add to the dimensions EXPLAINED and EXPLAINED_EVER. */
export const explainedAdditionsOf = (accesses: Iterable<ExplainedAccess>): readonly Addition[] =>
  summed(explainedIn(accesses));
