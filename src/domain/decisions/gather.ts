import type { Consent } from "../consent/consent.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { AccessRequest, DecisionKind, FactName, GrantRequest } from "./types.ts";

/** What is known for one question beside the snapshot. */
export interface GatheredFacts {
  readonly consents: readonly Consent[];
}

/** All questions of one request, and the policy that they are decided against. */
export interface FactQuery {
  readonly kind: DecisionKind;
  readonly requests: readonly (AccessRequest | GrantRequest)[];
  readonly snapshot: Snapshot;
}

/** Where decisions get facts from that are not in the snapshot. */
export interface FactSource {
  /**
   * Asked once a request: answers for each question, in their order. A rejection means that there is no decision; one
   * that is no ScopewardenError is told as POLICY_UNAVAILABLE.
   */
  gather(query: FactQuery): Promise<readonly Partial<GatheredFacts>[]>;
}

async function askSource(source: FactSource, query: FactQuery): Promise<readonly Partial<GatheredFacts>[]> {
  let facts: readonly Partial<GatheredFacts>[];
  try {
    facts = await source.gather(query);
  } catch (cause) {
    if (cause instanceof ScopewardenError) throw cause;
    throw new ScopewardenError("POLICY_UNAVAILABLE", "What a decision depends on can't be read.", { cause });
  }
  if (facts.length !== query.requests.length)
    throw new ScopewardenError("INTERNAL", "A source of facts did not answer for each question.");
  return facts;
}

/** What all sources know, for each question. @throws ScopewardenError POLICY_UNAVAILABLE, or what a source throws */
export async function gatherFacts(
  sources: readonly FactSource[],
  query: FactQuery,
): Promise<ReadonlyMap<object, GatheredFacts>> {
  const answers = await Promise.all(sources.map((source) => askSource(source, query)));
  return new Map(
    query.requests.map((request, i) => [request, { consents: answers.flatMap((facts) => facts[i]?.consents ?? []) }]),
  );
}

/** Everything that was gathered for a question, by name. */
export const namesOf = ({ consents }: GatheredFacts): readonly FactName[] =>
  consents.map(({ id, version }) => ({ id, kind: "CONSENT", version }));
