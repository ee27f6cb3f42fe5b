import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What somebody said of an alert, once and for all. */
export const CLOSED = [
  "closed_at",
  "closed_by",
  "closer_subject_id",
  "closer_subject_type",
  "closer_issuer",
  "verdict",
  "cause",
  "close_text",
];

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "watch_alert_stays_closed",
    table: "watch_story",
    on: "UPDATE",
    when: `OLD."closed_at" IS NOT NULL AND (${changesAny(postgres, CLOSED)})`,
    refusal: "what was found of an alert does not change",
  },
  {
    name: "watch_alert_is_kept",
    table: "watch_story",
    on: "DELETE",
    when: `OLD."opened_at" IS NOT NULL`,
    refusal: "an alert is kept",
  },
];

/** What watching knows and finds: decisions as it saw them, baselines, findings, stories with their alerts, and what was said of detectors. */
export class Watching1795500000020 implements MigrationInterface {
  readonly name = "Watching1795500000020";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    const seq = postgres
      ? `"seq" ${integer} NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
      : '"seq" INTEGER NOT NULL PRIMARY KEY';
    await runAll(runner, [
      `CREATE TABLE "watched_decision" ("position" ${integer} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL, "watched" ${text} NOT NULL)`,
      'CREATE INDEX "watched_decision_at" ON "watched_decision" ("at")',
      `CREATE TABLE "watch_baseline" ("detector" ${text} NOT NULL, "kind" ${text} NOT NULL, "entity" ${text} NOT NULL,
        "baseline" ${text} NOT NULL, "used_at" ${integer} NOT NULL,
        PRIMARY KEY ("detector", "kind", "entity"))${postgres ? "" : " WITHOUT ROWID"}`,
      'CREATE INDEX "watch_baseline_unused" ON "watch_baseline" ("used_at", "kind")',
      `CREATE TABLE "watch_finding" (${seq}, "id" ${text} NOT NULL, "detector" ${text} NOT NULL, "decision_id" ${text} NOT NULL,
        "position" ${integer} NOT NULL, "at" ${integer} NOT NULL, "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL,
        "severity" ${text} NOT NULL, "points" ${integer} NOT NULL, "sentence" ${text} NOT NULL, "evidence" ${text} NOT NULL,
        "since" ${integer}, "audience" ${text}, "client_id" ${text} NOT NULL, "subject_type" ${text}, "subject_id" ${text}, "patients" ${text} NOT NULL,
        "shadow" ${boolean} NOT NULL, "suppressed" ${boolean} NOT NULL, "story_id" ${text})`,
      'CREATE UNIQUE INDEX "watch_finding_unique" ON "watch_finding" ("id")',
      'CREATE INDEX "watch_finding_story" ON "watch_finding" ("story_id", "seq")',
      'CREATE INDEX "watch_finding_at" ON "watch_finding" ("at", "detector")',
      'CREATE INDEX "watch_finding_decision" ON "watch_finding" ("decision_id")',
      `CREATE TABLE "watch_story" ("id" ${text} NOT NULL PRIMARY KEY, "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL,
        "first_at" ${integer} NOT NULL, "last_at" ${integer} NOT NULL, "points" ${integer} NOT NULL, "count" ${integer} NOT NULL,
        "severity" ${text} NOT NULL, "detectors" ${text} NOT NULL, "client_id" ${text}, "subject_type" ${text}, "subject_id" ${text},
        "patient" ${text}, "last_decision_id" ${text} NOT NULL,
        "opened_at" ${integer}, "acknowledged_at" ${integer}, "acknowledged_by" ${text},
        "acknowledger_subject_id" ${text}, "acknowledger_subject_type" ${text}, "acknowledger_issuer" ${text},
        "closed_at" ${integer}, "closed_by" ${text},
        "closer_subject_id" ${text}, "closer_subject_type" ${text}, "closer_issuer" ${text},
        "verdict" ${text}, "cause" ${text}, "close_text" ${text},
        CHECK ("opened_at" IS NOT NULL OR ("acknowledged_at" IS NULL AND "closed_at" IS NULL)),
        CHECK (("closed_at" IS NULL) = ("verdict" IS NULL) AND ("closed_at" IS NULL) = ("cause" IS NULL)
          AND ("closed_at" IS NULL) = ("close_text" IS NULL) AND ("closed_at" IS NULL) = ("closed_by" IS NULL)))`,
      'CREATE INDEX "watch_story_entity" ON "watch_story" ("entity_kind", "entity_id", "first_at")',
      'CREATE INDEX "watch_story_last" ON "watch_story" ("last_at") WHERE "opened_at" IS NULL',
      'CREATE INDEX "watch_story_alert" ON "watch_story" ("id") WHERE "opened_at" IS NOT NULL',
      'CREATE INDEX "watch_story_open" ON "watch_story" ("severity") WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL',
      `CREATE TABLE "watch_suppression" ("id" ${text} NOT NULL PRIMARY KEY, "alert_id" ${text} NOT NULL, "detector" ${text},
        "entity_kind" ${text} NOT NULL, "entity_id" ${text} NOT NULL, "from" ${integer} NOT NULL, "until" ${integer} NOT NULL,
        "by" ${text} NOT NULL, "reason" ${text} NOT NULL, "ended_at" ${integer}, "ended_by" ${text}, CHECK ("from" < "until"))`,
      'CREATE INDEX "watch_suppression_entity" ON "watch_suppression" ("entity_kind", "entity_id", "until")',
      `CREATE TABLE "watch_detector" ("detector" ${text} NOT NULL PRIMARY KEY, "mode" ${text} NOT NULL, "parameters" ${text} NOT NULL,
        "alerts_per_week" ${text}, "version" ${integer} NOT NULL, "changed_at" ${integer} NOT NULL, "changed_by" ${text} NOT NULL,
        "reason" ${text} NOT NULL)`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ["detector", "suppression", "story", "finding", "baseline"].map((name) => `watch_${name}`);
    await runAll(
      runner,
      [...tables, "watched_decision"].map((name) => `DROP TABLE "${name}"`),
    );
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
