import type { Json } from "../../kernel/canonical.ts";
import type { Detector, DetectorCode, Finding, Parameters, Peers, WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { type BaselineName, isStanding, type KeptBaseline } from "./baseline.ts";
import { type KeptFinding, keptFinding } from "./keptFinding.ts";

export interface ChangedBaseline extends BaselineName, KeptBaseline {}

/** A detector that threw at a decision: it has neither found nor learnt anything there. */
interface DetectorFailure {
  readonly detector: DetectorCode;
  readonly error: unknown;
}

export interface Observed {
  /** Each once, as it is after the last decision. */
  readonly baselines: readonly ChangedBaseline[];
  /** In the order of the decisions, and of the detectors. */
  readonly findings: readonly KeptFinding[];
  readonly failures: readonly DetectorFailure[];
}

/** Findings that are kept of what one detector finds in one decision: those with the most points. */
const MOST_OF_ONE = 10;

/** In the order of the entities, as their ids tell. */
function withMostPoints(found: readonly KeptFinding[]): readonly KeptFinding[] {
  if (found.length <= MOST_OF_ONE) return found;
  const kept = new Set(found.toSorted((a, b) => b.points - a.points).slice(0, MOST_OF_ONE));
  return found.filter((each) => kept.has(each));
}

const DAY_MS = 86_400_000;

/** What is known of entities while decisions are looked at. */
export interface BaselineMemory {
  get(name: BaselineName): KeptBaseline | null;
  set(name: BaselineName, kept: KeptBaseline): void;
}

function standing(memory: BaselineMemory, name: BaselineName, at: number): KeptBaseline | null {
  const kept = memory.get(name);
  return kept !== null && isStanding(name.entity, kept, at) ? kept : null;
}

/** One that is as it was is written again once a day, so that it is known to be in use. */
function learn(
  memory: BaselineMemory,
  name: BaselineName,
  { at, baseline }: { readonly baseline: KeptBaseline["baseline"]; readonly at: number },
): void {
  const usedAt = at - (at % DAY_MS);
  const before = standing(memory, name, at);
  if (before === null && baseline === null) return;
  if (before !== null && before.baseline === baseline && before.usedAt >= usedAt) return;
  memory.set(name, { baseline, usedAt: Math.max(usedAt, before?.usedAt ?? usedAt) });
}

/** What is to be kept of an entity. */
interface BaselineAfter {
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
}): { readonly kept: readonly BaselineAfter[]; readonly findings: readonly Found[] } {
  const kept: BaselineAfter[] = [];
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

/**
 * Has the detectors look at decisions, one after the other, and changes what the memory knows. The same decisions after the same baselines
 * give the same findings, live, in a back-test and in an evaluation, however they are parted. A detector that throws at a decision is
 * passed over there.
 */
export function observe(
  memory: BaselineMemory,
  {
    decisions,
    detectors,
  }: { readonly decisions: readonly WatchedDecision[]; readonly detectors: readonly ActiveDetector[] },
): Omit<Observed, "baselines"> {
  const findings: KeptFinding[] = [];
  const failures: DetectorFailure[] = [];
  for (const decision of decisions)
    for (const { detector, mode, parameters } of detectors) {
      const nameOf = (entity: WatchedEntity): BaselineName => ({ detector: detector.code, entity });
      try {
        const { kept, findings: found } = observeDecision({
          detector,
          decision,
          parameters,
          baselineOf: (entity) => standing(memory, nameOf(entity), decision.at)?.baseline ?? null,
        });
        for (const { baseline, entity } of kept) learn(memory, nameOf(entity), { baseline, at: decision.at });
        if (found.length === 0) continue;
        const shadow = mode === "SHADOW";
        const all = found.map(({ finding, index }) => keptFinding(finding, { decision, index, shadow }));
        findings.push(...withMostPoints(all));
      } catch (error) {
        // The other detectors, and what explains accesses, go on.
        failures.push({ detector: detector.code, error });
      }
    }
  return { findings, failures };
}
