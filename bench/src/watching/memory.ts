import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { baselineKey, type KeptBaseline } from "../../../src/domain/monitoring/watch/baseline.ts";
import { observeAfter } from "../../../test/support/observeAfter.ts";
import { watchedDecisions } from "./decisions.ts";

/** What the baselines of one kind of entity come to, as JSON. */
export interface BaselineSize {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  readonly most: number;
}

/** The baselines that all detectors keep of so many clients and people, each of whom is there at least once. */
export function measureMemory({
  clients,
  subjects,
}: {
  readonly clients: number;
  readonly subjects: number;
}): readonly BaselineSize[] {
  const detectors = DETECTORS.map((detector) => activeDetector(detector, "ON", {}));
  const kept = new Map<string, { readonly kind: string; readonly baseline: KeptBaseline }>();
  const decisions = watchedDecisions({
    decisions: Math.ceil(1.5 * subjects),
    clients,
    subjects,
    from: 1_795_500_000_000,
  });
  for (const decision of decisions) {
    const known = (name: Parameters<typeof baselineKey>[0]) => kept.get(baselineKey(name))?.baseline ?? null;
    for (const one of observeAfter({ decisions: [decision], detectors, known }).baselines)
      kept.set(baselineKey(one), { kind: one.entity.kind, baseline: one });
  }
  const sizes = new Map<string, { count: number; bytes: number; most: number }>();
  for (const { baseline, kind } of kept.values()) {
    const bytes = Buffer.byteLength(JSON.stringify(baseline.baseline));
    const size = sizes.get(kind) ?? { count: 0, bytes: 0, most: 0 };
    sizes.set(kind, { count: size.count + 1, bytes: size.bytes + bytes, most: Math.max(size.most, bytes) });
  }
  return [...sizes].map(([kind, size]) => ({ kind, ...size }));
}
