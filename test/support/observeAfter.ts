import type { ActiveDetector } from "../../src/domain/monitoring/detectors/detectorSetting.ts";
import { type BaselineName, baselineKey, type KeptBaseline } from "../../src/domain/monitoring/watch/baseline.ts";
import { type ChangedBaseline, type Observed, observe } from "../../src/domain/monitoring/watch/observe.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";

/** As `observe`, after what was kept before these decisions, of which nothing changes; `known` answers with it, null: nothing. Pure. */
export function observeAfter({
  known,
  ...rest
}: {
  readonly decisions: readonly WatchedDecision[];
  readonly detectors: readonly ActiveDetector[];
  readonly known: (name: BaselineName) => KeptBaseline | null;
}): Observed {
  const changed = new Map<string, ChangedBaseline>();
  const seen = observe(
    {
      get: (name) => changed.get(baselineKey(name)) ?? known(name),
      set: (name, kept) => void changed.set(baselineKey(name), { ...name, ...kept }),
    },
    rest,
  );
  return { baselines: [...changed.values()], ...seen };
}
