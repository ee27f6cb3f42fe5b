import type { Json } from "../../kernel/canonical.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { Detector, Finding, Parameters, Peers, WatchedEntity } from "./detector.ts";

/** What is to be kept of an entity. */
interface KeptBaseline {
  readonly entity: WatchedEntity;
  readonly baseline: Json;
}

/** A finding, and the place of its entity among those that the decision bears on. */
interface Found {
  readonly finding: Finding;
  readonly index: number;
}

/** What a detector with all its parameters at their defaults goes by. */
export const defaultsOf = (detector: Pick<Detector, "parameters">): Parameters =>
  Object.fromEntries(Object.entries(detector.parameters).map(([name, { default: value }]) => [name, value]));

/**
 * Shows one decision to one detector, for each entity that it bears on. `baselineOf` answers with what was kept before this decision,
 * for the entities of `entitiesOf` and `alsoReads`. `kept` has what each is then, changed or not; of what is as it was, and was not there, nothing.
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
}): { readonly kept: readonly KeptBaseline[]; readonly findings: readonly Found[] } {
  const kept: KeptBaseline[] = [];
  const findings: Found[] = [];
  const peers: Peers = { baseline: baselineOf };
  for (const [index, entity] of detector.entitiesOf(decision).entries()) {
    const before = baselineOf(entity);
    const { baseline, finding } = detector.observe({ entity, baseline: before, decision, parameters, peers });
    if (baseline !== null || before !== null) kept.push({ entity, baseline });
    if (finding !== null) findings.push({ finding, index });
  }
  return { kept, findings };
}
