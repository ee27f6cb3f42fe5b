import type { Alert, AlertSuppression } from "../../domain/monitoring/alerts/alert.ts";
import type { DetectorSetting } from "../../domain/monitoring/detectors/detectorSetting.ts";
import type { KeptFinding } from "../../domain/monitoring/watch/keptFinding.ts";
import type { ChangedBaseline } from "../../domain/monitoring/watch/observe.ts";
import type { GivenVerdict, Story } from "../../domain/monitoring/watch/story.ts";
import { type Column, columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { storedPerson } from "../database/storedPerson.ts";

type Entity = { readonly entityKind: string; readonly entityId: string };
type Subject = { readonly subjectType: string | null; readonly subjectId: string | null };

/** The values of a row, in the order of its columns. */
export const valuesOf = (columns: readonly Column[], row: object): readonly unknown[] =>
  columns.map((c) => toDatabase((row as Readonly<Record<string, unknown>>)[c.property], c));

const entityOf = ({ entityId, entityKind }: Entity): Story["entity"] => ({
  kind: entityKind as Story["entity"]["kind"],
  id: entityId,
});
const subjectOf = ({ subjectId, subjectType }: Subject): Story["subject"] =>
  subjectId === null || subjectType === null ? null : { type: subjectType, id: subjectId };
const flatSubject = (subject: Story["subject"]): Subject => ({
  subjectType: subject?.type ?? null,
  subjectId: subject?.id ?? null,
});

export const baselineColumns = columnsOf<{
  readonly detector: string;
  readonly kind: string;
  readonly entity: string;
  readonly baseline: string;
  readonly usedAt: number;
}>({ detector: "key", kind: "key", entity: "key", baseline: "text", usedAt: "integer" });

export const baselineValues = ({ baseline, detector, entity, usedAt }: ChangedBaseline): readonly unknown[] =>
  // In the order of its members, which a detector may go by.
  valuesOf(baselineColumns, {
    detector,
    kind: entity.kind,
    entity: entity.id,
    baseline: JSON.stringify(baseline),
    usedAt,
  });

export const watchedColumns = columnsOf<{
  readonly position: number;
  readonly at: number;
  readonly watched: string;
}>({ position: "integer", at: "integer", watched: "text" });

type FindingRow = Omit<KeptFinding, "entity" | "subject"> & Entity & Subject;
export const findingColumns = columnsOf<FindingRow>({
  id: "key",
  detector: "key",
  decisionId: "key",
  position: "integer",
  at: "integer",
  entityKind: "text",
  entityId: "text",
  severity: "text",
  rank: "key",
  points: "integer",
  sentence: "text",
  evidence: "json",
  since: "integer",
  audience: "text",
  clientId: "text",
  subjectType: "text",
  subjectId: "text",
  patients: "json",
  shadow: "boolean",
  suppressed: "boolean",
  storyId: "key",
});

export function findingValues({ entity, subject, ...rest }: KeptFinding): readonly unknown[] {
  const row: FindingRow = { ...rest, entityKind: entity.kind, entityId: entity.id, ...flatSubject(subject) };
  return valuesOf(findingColumns, row);
}

export function findingOf(raw: RawRow): KeptFinding {
  const row = fromRow(findingColumns, raw) as unknown as FindingRow;
  const { entityId, entityKind, subjectId, subjectType, ...rest } = row;
  return { ...rest, entity: entityOf({ entityId, entityKind }), subject: subjectOf({ subjectId, subjectType }) };
}

type StoryRow = Omit<Story, "alert" | "entity" | "subject" | "week"> &
  Entity &
  Subject & { readonly weekFrom: number; readonly weekPoints: number; readonly openedAt: number | null };
/** What the fold makes of a story; what people and the policy do about it stands in columns of their own. */
export const storyColumns = columnsOf<StoryRow>({
  id: "key",
  entityKind: "key",
  entityId: "key",
  firstAt: "integer",
  lastAt: "integer",
  points: "integer",
  weekFrom: "integer",
  weekPoints: "integer",
  rank: "key",
  matter: "key",
  earlierId: "text",
  count: "integer",
  severity: "text",
  detectors: "json",
  clientId: "text",
  subjectType: "text",
  subjectId: "text",
  patient: "text",
  lastDecisionId: "text",
  openedAt: "integer",
});

type LifeRow = {
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgerSubjectId: string | null;
  readonly acknowledgerSubjectType: string | null;
  readonly acknowledgerIssuer: string | null;
  readonly closedAt: number | null;
  readonly closedBy: string | null;
  readonly closerSubjectId: string | null;
  readonly closerSubjectType: string | null;
  readonly closerIssuer: string | null;
  readonly closerPeople: readonly string[] | null;
  readonly verdict: string | null;
  readonly cause: string | null;
  readonly closeText: string | null;
  readonly replaced: Alert["alert"]["replaced"] | null;
  readonly withheld: Alert["alert"]["withheld"] | null;
};
export const lifeColumns = columnsOf<LifeRow>({
  acknowledgedAt: "integer",
  acknowledgedBy: "text",
  acknowledgerSubjectId: "text",
  acknowledgerSubjectType: "text",
  acknowledgerIssuer: "text",
  closedAt: "integer",
  closedBy: "text",
  closerSubjectId: "text",
  closerSubjectType: "text",
  closerIssuer: "text",
  closerPeople: "json",
  verdict: "text",
  cause: "text",
  closeText: "text",
  replaced: "json",
  withheld: "json",
});

export function storyValues({ alert, entity, subject, week, ...rest }: Story): readonly unknown[] {
  const row: StoryRow = {
    ...rest,
    entityKind: entity.kind,
    entityId: entity.id,
    ...flatSubject(subject),
    weekFrom: week.from,
    weekPoints: week.points,
    openedAt: alert?.openedAt ?? null,
  };
  return valuesOf(storyColumns, row);
}

export function storyOf(raw: RawRow): Story {
  const { entityId, entityKind, openedAt, subjectId, subjectType, weekFrom, weekPoints, ...rest } = fromRow(
    storyColumns,
    raw,
  ) as unknown as StoryRow;
  const life = fromRow(lifeColumns, raw) as unknown as LifeRow;
  const {
    acknowledgedAt,
    acknowledgedBy,
    cause,
    closeText: text,
    closedAt,
    closedBy,
    replaced,
    verdict,
    withheld,
  } = life;
  const { acknowledgerIssuer: issuer, acknowledgerSubjectId: id, acknowledgerSubjectType: type } = life;
  const acknowledger = { id, type, issuer };
  const { closerIssuer, closerPeople: people, closerSubjectId, closerSubjectType } = life;
  const closer = { id: closerSubjectId, type: closerSubjectType, issuer: closerIssuer, people };
  const acknowledged =
    acknowledgedAt === null || acknowledgedBy === null
      ? null
      : { at: acknowledgedAt, by: storedPerson(acknowledgedBy, acknowledger) };
  const closed =
    closedAt === null || closedBy === null
      ? null
      : ({ at: closedAt, by: storedPerson(closedBy, closer), verdict, cause, text } as GivenVerdict);
  return {
    ...rest,
    entity: entityOf({ entityId, entityKind }),
    subject: subjectOf({ subjectId, subjectType }),
    week: { from: weekFrom, points: weekPoints },
    alert:
      openedAt === null ? null : { openedAt, acknowledged, closed, replaced: replaced ?? [], withheld: withheld ?? [] },
  };
}
export const alertOf = (raw: RawRow): Alert => ({
  ...(storyOf(raw) as Story & Pick<Alert, "alert">),
  partOfId: raw.part_of === null ? null : String(raw.part_of),
});

type SuppressionRow = Omit<AlertSuppression, "entity" | "ended"> &
  Entity & { readonly endedAt: number | null; readonly endedBy: string | null };
export const suppressionColumns = columnsOf<SuppressionRow>({
  id: "key",
  alertId: "key",
  detector: "text",
  entityKind: "key",
  entityId: "key",
  patient: "text",
  from: "integer",
  until: "integer",
  by: "text",
  reason: "text",
  endedAt: "integer",
  endedBy: "text",
});

export function suppressionValues({ ended, entity, ...rest }: AlertSuppression): readonly unknown[] {
  const row: SuppressionRow = {
    ...rest,
    entityKind: entity.kind,
    entityId: entity.id,
    endedAt: ended?.at ?? null,
    endedBy: ended?.by ?? null,
  };
  return valuesOf(suppressionColumns, row);
}

export function suppressionOf(raw: RawRow): AlertSuppression {
  const row = fromRow(suppressionColumns, raw) as unknown as SuppressionRow;
  const { endedAt, endedBy, entityId, entityKind, ...rest } = row;
  const ended = endedAt === null || endedBy === null ? null : { at: endedAt, by: endedBy };
  return { ...rest, entity: entityOf({ entityId, entityKind }), ended };
}

export const settingColumns = columnsOf<DetectorSetting>({
  detector: "key",
  mode: "text",
  parameters: "json",
  alertsPerWeek: "json",
  version: "integer",
  changedAt: "integer",
  changedBy: "text",
  reason: "text",
});
export const settingOf = (raw: RawRow): DetectorSetting => fromRow(settingColumns, raw) as unknown as DetectorSetting;
