import type { Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";

/** What somebody said of an alert. */
const CLOSED = [
  ...["closed_at", "closed_by", "closer_subject_id", "closer_subject_type", "closer_issuer"],
  ...["closer_people", "verdict", "cause", "close_text"],
];

const guards = (postgres: boolean): readonly Guard[] => [
  {
    ...{ name: "watch_alert_stays_closed", table: "watch_story", on: "UPDATE" },
    // A verdict is replaced, or taken back, only where it is kept beside it.
    when: `OLD."closed_at" IS NOT NULL AND (${changesAny(postgres, CLOSED)}) AND NOT (${changesAny(postgres, ["replaced"])})`,
    refusal: "what was found of an alert does not change",
  },
  {
    ...{ name: "watch_alert_is_kept", table: "watch_story", on: "DELETE" },
    when: `OLD."opened_at" IS NOT NULL`,
    refusal: "an alert is kept",
  },
  { name: "weekly_sample_is_kept", table: "weekly_sample", on: "DELETE", refusal: "a sample is kept" },
  { name: "weekly_sample_stays", table: "weekly_sample", on: "UPDATE", refusal: "a sample stays what it is" },
];

/** Decisions as watching saw them, and each access that was allowed to a person, by patient, with what explains it; and how far that was made. */
const watched: Room = ({ integer, text }) => [
  `CREATE TABLE "watched_decision" ("position" ${integer} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL, "watched" ${text} NOT NULL)`,
  'CREATE INDEX "watched_decision_at" ON "watched_decision" ("at")',
  `CREATE TABLE "watched_access" ("position" ${integer} NOT NULL, "patient" ${text} NOT NULL, "decision_id" ${text} NOT NULL,
    "at" ${integer} NOT NULL, "person_type" ${text} NOT NULL, "person_id" ${text} NOT NULL, "client_id" ${text} NOT NULL,
    "role" ${text}, "unit" ${text}, "organization" ${text}, "kind" ${text}, "reference" ${text}, "since" ${integer},
    PRIMARY KEY ("position", "patient"), CHECK (("kind" IS NULL) = ("since" IS NULL)))`,
  'CREATE INDEX "watched_access_patient" ON "watched_access" ("patient", "at")',
  // What a unit has seen, and what explains the access of a colleague.
  `CREATE INDEX "watched_access_unit" ON "watched_access" ("patient", "unit", "at") WHERE "kind" IS NOT NULL AND "unit" IS NOT NULL`,
  // What samples are drawn from: few of all accesses.
  `CREATE INDEX "watched_access_unexplained" ON "watched_access" ("at", "position") WHERE "kind" IS NULL`,
  // The revision of the directory up to which accesses are explained.
  `CREATE TABLE "watched_directory" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "revision" ${integer} NOT NULL)`,
  'INSERT INTO "watched_directory" VALUES (1, 0)',
  // How far decisions were watched before what explains them was last made again: what people have judged since is not found anew.
  `CREATE TABLE "watch_taken" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "position" ${integer} NOT NULL)`,
  'INSERT INTO "watch_taken" VALUES (1, 0)',
];

/** A story of findings is an alert once it is opened. `matter` is what an alert is about: one of a matter is open at a time. */
const stories: Room = ({ integer, text }) => [
  `CREATE TABLE "watch_story" ("id" ${text} NOT NULL PRIMARY KEY, "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL,
    "first_at" ${integer} NOT NULL, "last_at" ${integer} NOT NULL, "points" ${integer} NOT NULL, "count" ${integer} NOT NULL,
    "severity" ${text} NOT NULL, "rank" ${text} NOT NULL DEFAULT 'UNUSUAL', "detectors" ${text} NOT NULL,
    "week_from" ${integer} NOT NULL DEFAULT 0, "week_points" ${integer} NOT NULL DEFAULT 0,
    "client_id" ${text}, "subject_type" ${text}, "subject_id" ${text}, "patient" ${text}, "last_decision_id" ${text} NOT NULL,
    "opened_at" ${integer}, "matter" ${text}, "earlier_id" ${text}, "withheld" ${text},
    "acknowledged_at" ${integer}, "acknowledged_by" ${text},
    "acknowledger_subject_id" ${text}, "acknowledger_subject_type" ${text}, "acknowledger_issuer" ${text},
    "closed_at" ${integer}, "closed_by" ${text},
    "closer_subject_id" ${text}, "closer_subject_type" ${text}, "closer_issuer" ${text}, "closer_people" ${text},
    "verdict" ${text}, "cause" ${text}, "close_text" ${text}, "replaced" ${text},
    CHECK ("opened_at" IS NOT NULL OR ("acknowledged_at" IS NULL AND "closed_at" IS NULL)),
    CHECK (("closed_at" IS NULL) = ("verdict" IS NULL) AND ("closed_at" IS NOT NULL OR "cause" IS NULL)
      AND ("closed_at" IS NULL) = ("close_text" IS NULL) AND ("closed_at" IS NULL) = ("closed_by" IS NULL)))`,
  'CREATE INDEX "watch_story_entity" ON "watch_story" ("entity_kind", "entity_id", "first_at")',
  'CREATE INDEX "watch_story_last" ON "watch_story" ("last_at") WHERE "opened_at" IS NULL',
  'CREATE INDEX "watch_story_alert" ON "watch_story" ("id") WHERE "opened_at" IS NOT NULL',
  `CREATE INDEX "watch_story_waiting" ON "watch_story"
    (("points" + 1000000000 * CAST((CASE WHEN "severity" = 'HIGH' THEN 4 ELSE 1 END)
      + (CASE "rank" WHEN 'SENSITIVE_UNEXPLAINED' THEN 2 WHEN 'UNEXPLAINED' THEN 1 ELSE 0 END) AS BIGINT)) DESC, "id" DESC)
    WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL`,
  'CREATE INDEX "watch_story_closed" ON "watch_story" ("closed_at") WHERE "closed_at" IS NOT NULL',
  'CREATE INDEX "watch_story_open" ON "watch_story" ("severity") WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL',
  `CREATE UNIQUE INDEX "watch_story_matter" ON "watch_story" ("entity_kind", "entity_id", "matter")
    WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL`,
];

/** What watching knows and finds: decisions as it saw them, baselines, findings, stories with their alerts, what was said of detectors, and samples of what no alert is about. */
export const monitoring: Room = (types) => {
  const { boolean, inOrderOfKey, integer, numbered, postgres, text } = types;
  return [
    ...watched(types),
    `CREATE TABLE "watch_baseline" ("detector" ${text} NOT NULL, "kind" ${text} NOT NULL, "entity" ${text} NOT NULL,
      "baseline" ${text} NOT NULL, "used_at" ${integer} NOT NULL, PRIMARY KEY ("detector", "kind", "entity"))${inOrderOfKey}`,
    'CREATE INDEX "watch_baseline_unused" ON "watch_baseline" ("used_at", "kind")',
    `CREATE TABLE "watch_finding" ("seq" ${numbered}, "id" ${text} NOT NULL, "detector" ${text} NOT NULL, "decision_id" ${text} NOT NULL,
      "position" ${integer} NOT NULL, "at" ${integer} NOT NULL, "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL,
      "severity" ${text} NOT NULL, "rank" ${text} NOT NULL DEFAULT 'UNUSUAL', "points" ${integer} NOT NULL,
      "sentence" ${text} NOT NULL, "evidence" ${text} NOT NULL, "since" ${integer}, "audience" ${text},
      "client_id" ${text} NOT NULL, "subject_type" ${text}, "subject_id" ${text}, "patients" ${text} NOT NULL,
      "shadow" ${boolean} NOT NULL, "suppressed" ${boolean} NOT NULL, "story_id" ${text})`,
    'CREATE UNIQUE INDEX "watch_finding_unique" ON "watch_finding" ("id")',
    'CREATE INDEX "watch_finding_story" ON "watch_finding" ("story_id", "seq")',
    'CREATE INDEX "watch_finding_at" ON "watch_finding" ("at", "detector")',
    'CREATE INDEX "watch_finding_decision" ON "watch_finding" ("decision_id")',
    ...stories(types),
    `CREATE TABLE "watch_suppression" ("id" ${text} NOT NULL PRIMARY KEY, "alert_id" ${text} NOT NULL, "detector" ${text},
      "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL, "patient" ${text}, "from" ${integer} NOT NULL, "until" ${integer} NOT NULL,
      "by" ${text} NOT NULL, "reason" ${text} NOT NULL, "ended_at" ${integer}, "ended_by" ${text}, CHECK ("from" < "until"))`,
    'CREATE INDEX "watch_suppression_entity" ON "watch_suppression" ("entity_kind", "entity_id", "until")',
    'CREATE INDEX "watch_suppression_alert" ON "watch_suppression" ("alert_id")',
    `CREATE TABLE "watch_detector" ("detector" ${text} NOT NULL PRIMARY KEY, "mode" ${text} NOT NULL, "parameters" ${text} NOT NULL,
      "alerts_per_week" ${text}, "version" ${integer} NOT NULL, "changed_at" ${integer} NOT NULL, "changed_by" ${text} NOT NULL,
      "reason" ${text} NOT NULL)`,
    `CREATE TABLE "weekly_sample" ("week" ${integer} NOT NULL PRIMARY KEY, "drawn_at" ${integer} NOT NULL, "drawn_by" ${text} NOT NULL,
      "population" ${integer} NOT NULL, CHECK ("population" >= 0 AND "drawn_at" >= "week"))`,
    ...guardStatements(guards(postgres), postgres),
  ];
};
