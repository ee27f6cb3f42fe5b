import type { Json } from "../../kernel/canonical.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { Detector, Finding, Parameters, Peers, WatchedEntity } from "./detector.ts";

/** What is to be kept of an entity. */
interface KeptBaseline {
  readonly entity: WatchedEntity;
  readonly baseline: Json;
}

/** What a detector with all its parameters at their defaults goes by. */
export const defaultsOf = (detector: Pick<Detector, "parameters">): Parameters =>
  Object.fromEntries(Object.entries(detector.parameters).map(([name, { default: value }]) => [name, value]));

/**
 * Shows one decision to one detector, for each entity that it bears on. `baselineOf` answers with what was kept before this decision,
 * for the entities of `entitiesOf` and `alsoReads`. What did not change is not among `kept`.
 */
export function observeDecision({
  detector,
  decision,
  parameters,
  baselineOf,
}: {
  readonly detector: Detector;
  readonly decision: WatchedDecision;
  readonly parameters: Parameters;
  baselineOf(entity: WatchedEntity): Json | null;
}): { readonly kept: readonly KeptBaseline[]; readonly findings: readonly Finding[] } {
  const kept: KeptBaseline[] = [];
  const findings: Finding[] = [];
  const peers: Peers = { baseline: baselineOf };
  for (const entity of detector.entitiesOf(decision)) {
    const before = baselineOf(entity);
    const { baseline, finding } = detector.observe({ entity, baseline: before, decision, parameters, peers });
    if (baseline !== before) kept.push({ entity, baseline });
    if (finding !== null) findings.push(finding);
  }
  return { kept, findings };
}
