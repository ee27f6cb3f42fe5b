import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import type { Judge, RaisedAlert } from "./score/judge.ts";

/** The service's own detectors, stories and alerts, all on, with their defaults; a message to operations is one as well. */
export function createServiceJudge(): Judge {
  const watch = createWatch(DETECTORS.map((detector) => activeDetector(detector, "ON", {})));
  /** By story, the decisions with findings that it has so far; an alert is shown with these. */
  const decisionsOf = new Map<string, Set<string>>();
  return {
    take(decision) {
      const { findings, opened } = watch.take([decision]);
      for (const { storyId, decisionId, evidence } of findings) {
        if (storyId === null) continue;
        const known = decisionsOf.get(storyId) ?? new Set();
        decisionsOf.set(storyId, known);
        for (const id of [decisionId, ...evidence]) known.add(id);
      }
      const messages = findings
        .filter(({ audience }) => audience === "OPERATIONS")
        .map(
          ({ decisionId, detector, evidence, severity }): RaisedAlert => ({
            severity,
            detectors: [detector],
            decisions: [decisionId, ...evidence],
          }),
        );
      const alerts = opened.map(
        ({ id, severity, detectors: codes }): RaisedAlert => ({
          severity,
          detectors: codes,
          decisions: [...(decisionsOf.get(id) ?? [])],
        }),
      );
      return [...messages, ...alerts];
    },
  };
}
