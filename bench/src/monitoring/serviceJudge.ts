import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { entityKey } from "../../../src/domain/monitoring/watch/baseline.ts";
import { RANKS } from "../../../src/domain/monitoring/watch/rank.ts";
import type { Story } from "../../../src/domain/monitoring/watch/story.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import type { Judge } from "./score/judge.ts";

const PER_RANK = 1000;

/** The service's own detectors and alerts, all on, with their defaults, in the order in which people see them: by rank, then by points. */
export function createServiceJudge(): Judge {
  const watch = createWatch(DETECTORS.map((detector) => activeDetector(detector, "ON", {})));
  const alerts = new Map<string, Story>();
  /** By story, the decisions with findings that it has so far; an alert is shown with these. */
  const decisionsOf = new Map<string, Set<string>>();
  const rateOf = ({ rank, points }: Story): number =>
    (RANKS.length - RANKS.indexOf(rank)) * PER_RANK - Math.min(points, PER_RANK - 1);
  return {
    take(decision) {
      const { findings, stories, opened } = watch.take([decision]);
      for (const one of [...stories, ...opened]) if (one.alert !== null) alerts.set(one.id, one);
      const touched = new Set(opened.map(({ id }) => id));
      for (const { storyId, decisionId, evidence } of findings) {
        if (storyId === null) continue;
        const known = decisionsOf.get(storyId) ?? new Set();
        decisionsOf.set(storyId, known);
        for (const id of [decisionId, ...evidence]) known.add(id);
        if (alerts.has(storyId)) touched.add(storyId);
      }
      return [...touched].flatMap((id) => {
        const story = alerts.get(id);
        if (story === undefined) return [];
        const group = entityKey(story.entity);
        return [
          {
            matter: story.matter ?? group,
            group,
            code: story.detectors.join("+"),
            rate: rateOf(story),
            decisions: [...(decisionsOf.get(id) ?? [])],
          },
        ];
      });
    },
  };
}
