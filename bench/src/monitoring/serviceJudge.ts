import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { entityKey } from "../../../src/domain/monitoring/watch/baseline.ts";
import type { KeptFinding } from "../../../src/domain/monitoring/watch/keptFinding.ts";
import { STORY_DAYS } from "../../../src/domain/monitoring/watch/story.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import { DAY } from "./hospital/calendar.ts";
import type { Judge, RaisedAlert } from "./score/judge.ts";

/** The service's own detectors, stories and alerts, all on, with their defaults; a message to operations is one as well. */
export function createServiceJudge(): Judge {
  const watch = createWatch(DETECTORS.map((detector) => activeDetector(detector, "ON", {})));
  /** By story, the decisions with findings that it has so far; an alert is shown with these. */
  const decisionsOf = new Map<string, Set<string>>();
  /** When operations heard of what a detector finds of an entity: once a week is one message, as a story is one alert. */
  const heard = new Map<string, number>();
  function isNews({ at, detector, entity }: KeptFinding): boolean {
    const key = `${detector} ${entityKey(entity)}`;
    if (at - (heard.get(key) ?? Number.NEGATIVE_INFINITY) < STORY_DAYS * DAY) return false;
    heard.set(key, at);
    return true;
  }
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
        .filter((finding) => finding.audience === "OPERATIONS" && isNews(finding))
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
