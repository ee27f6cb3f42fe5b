import type { DetectorCode, Severity, WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import { entityKey } from "./baseline.ts";
import { type KeptFinding, toldOf } from "./keptFinding.ts";
import { goesOn, isMoreThanNew, type Story, storyFrom, storyWith } from "./story.ts";

/** That nobody wants to hear of an entity, or of what one detector finds of it, for a while. */
export interface Suppressed {
  readonly entity: WatchedEntity;
  /** Null: whatever is found of it. */
  readonly detector: DetectorCode | null;
  /** Decisions made from then on, and before `until`. */
  readonly from: number;
  readonly until: number;
}

/** That an alert came to be, or that its severity rose. */
export interface Rise {
  readonly alertId: string;
  /** Null: it came to be. */
  readonly from: Severity | null;
  readonly to: Severity;
  /** By which it did. */
  readonly finding: KeptFinding;
}

export interface Told {
  /** As they are kept: with the story that each is part of. */
  readonly findings: readonly KeptFinding[];
  /** Those that began or went on, as they are after the last finding. */
  readonly stories: readonly Story[];
  /** Those that became alerts by these findings, likewise. */
  readonly opened: readonly Story[];
  /** In the order of the findings. */
  readonly rises: readonly Rise[];
}

const isSuppressed = (suppressed: readonly Suppressed[], entity: WatchedEntity, { at, detector }: KeptFinding) =>
  suppressed.some(
    (each) =>
      each.entity.kind === entity.kind &&
      each.entity.id === entity.id &&
      (each.detector === null || each.detector === detector) &&
      each.from <= at &&
      at < each.until,
  );

/** From how many points on findings of a detector open an alert. */
export interface Alerting extends Pick<ActiveDetector, "alertAt"> {
  readonly detector: Pick<ActiveDetector["detector"], "code">;
}

/**
 * Makes stories of findings, and alerts of stories. Pure, as `observe`. `known` answers with the newest story of an entity, whether it
 * goes on or not; null: there is none. What has no points tells nothing by itself, and stands in a story that goes on.
 */
export function tellStories({
  detectors,
  findings,
  known,
  suppressed,
}: {
  readonly detectors: readonly Alerting[];
  readonly findings: readonly KeptFinding[];
  readonly known: (entity: WatchedEntity) => Story | null;
  readonly suppressed: readonly Suppressed[];
}): Told {
  const thresholds = new Map(detectors.map(({ alertAt, detector }) => [detector.code, alertAt]));
  const newest = new Map<string, Story>();
  const changed = new Map<string, Story>();
  const opened = new Set<string>();
  const rises: Rise[] = [];
  const told = findings.map((finding): KeptFinding => {
    const entity = toldOf(finding);
    if (finding.shadow || finding.audience === "OPERATIONS") return finding;
    if (isSuppressed(suppressed, entity, finding)) return { ...finding, suppressed: true };
    const before = newest.get(entityKey(entity)) ?? known(entity);
    const going = before !== null && goesOn(before, finding) ? before : null;
    if (finding.points <= 0) return { ...finding, storyId: going?.id ?? null };
    let story = going === null ? storyFrom(finding, entity) : storyWith(going, finding);
    const alertAt = thresholds.get(finding.detector) ?? Number.POSITIVE_INFINITY;
    if (story.alert === null && story.points >= alertAt && isMoreThanNew(story)) {
      story = { ...story, alert: { openedAt: finding.at, acknowledged: null, closed: null, withheld: [] } };
      opened.add(story.id);
    }
    const from = going !== null && going.alert !== null ? going.severity : null;
    if (story.alert !== null && from !== story.severity)
      rises.push({ alertId: story.id, from, to: story.severity, finding });
    newest.set(entityKey(entity), story);
    changed.set(story.id, story);
    return { ...finding, storyId: story.id };
  });
  const stories = [...changed.values()];
  return { findings: told, stories, opened: stories.filter(({ id }) => opened.has(id)), rises };
}
