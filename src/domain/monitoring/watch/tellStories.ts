import type { DetectorCode, Severity, WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import { entityKey } from "./baseline.ts";
import { type KeptFinding, toldOf } from "./keptFinding.ts";
import { lookedAt, patientOfMatter } from "./matter.ts";
import {
  closedAfterWeek,
  isMoreThanNew,
  isOpen,
  openedAlert,
  placeOf,
  type Story,
  storyFrom,
  storyWith,
} from "./story.ts";

/** That nobody wants to hear of an entity, or of what one detector finds of it, for a while. */
export interface Suppressed {
  readonly entity: WatchedEntity;
  /** Only looks of the entity at this patient; null: whatever is found of it. */
  readonly patient: string | null;
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

function isSuppressed(suppressed: readonly Suppressed[], entity: WatchedEntity, finding: KeptFinding): boolean {
  const { at, detector } = finding;
  const patient = patientOfMatter(lookedAt(finding));
  return suppressed.some(
    (each) =>
      each.entity.kind === entity.kind &&
      each.entity.id === entity.id &&
      (each.patient === null || each.patient === patient) &&
      (each.detector === null || each.detector === detector) &&
      each.from <= at &&
      at < each.until,
  );
}

/** From how many points on findings of a detector open an alert. */
export interface Alerting extends Pick<ActiveDetector, "alertAt"> {
  readonly detector: Pick<ActiveDetector["detector"], "code">;
}

/**
 * Makes stories of findings, and alerts of stories. Pure, as `observe`. `known` answers with the stories of an entity in the order in which
 * they began: its open alerts, those that began within `MATTER_DAYS`, and the newest. What has no points tells nothing by itself, and
 * stands in a story that goes on. One alert of a matter is open at a time.
 */
export function tellStories({
  closesAfterWeek = false,
  detectors,
  findings,
  known,
  suppressed,
}: {
  /** Whether alerts count as closed a week after they began (`closedAfterWeek`). */
  readonly closesAfterWeek?: boolean;
  readonly detectors: readonly Alerting[];
  readonly findings: readonly KeptFinding[];
  readonly known: (entity: WatchedEntity) => readonly Story[];
  readonly suppressed: readonly Suppressed[];
}): Told {
  const thresholds = new Map(detectors.map(({ alertAt, detector }) => [detector.code, alertAt]));
  const ofEntity = new Map<string, readonly Story[]>();
  const changed = new Map<string, Story>();
  const opened = new Set<string>();
  const rises: Rise[] = [];
  const told = findings.map((finding): KeptFinding => {
    const entity = toldOf(finding);
    if (finding.shadow || finding.audience === "OPERATIONS") return finding;
    if (isSuppressed(suppressed, entity, finding)) return { ...finding, suppressed: true };
    const standing = ofEntity.get(entityKey(entity)) ?? known(entity);
    const all = closesAfterWeek ? standing.map((each) => closedAfterWeek(each, finding.at)) : standing;
    const alertAt = thresholds.get(finding.detector) ?? Number.POSITIVE_INFINITY;
    const going = placeOf(all, finding, alertAt);
    if (finding.points <= 0) return { ...finding, storyId: going?.id ?? null };
    let story = going === null ? storyFrom(finding, entity) : storyWith(going, finding);
    if (story.alert === null && story.points >= alertAt && isMoreThanNew(story)) {
      const alert = openedAlert(story, finding.at, all);
      const same = all.find((each) => isOpen(each) && each.matter === alert.matter);
      story = same === undefined ? alert : storyWith(same, finding);
      if (same === undefined) opened.add(story.id);
    }
    const before = all.find(({ id }) => id === story.id);
    const from = before !== undefined && before.alert !== null ? before.severity : null;
    if (story.alert !== null && from !== story.severity)
      rises.push({ alertId: story.id, from, to: story.severity, finding });
    ofEntity.set(
      entityKey(entity),
      before === undefined ? [...all, story] : all.map((each) => (each === before ? story : each)),
    );
    changed.set(story.id, story);
    return { ...finding, storyId: story.id };
  });
  const stories = [...changed.values()];
  return { findings: told, stories, opened: stories.filter(({ id }) => opened.has(id)), rises };
}
