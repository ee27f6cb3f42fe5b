import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Whether who reviews may be somebody: what is not said tells nobody apart. A subject of the policy says no issuer. */
const maybe = (id: string, type: string, issuer: string): string => `(NEW."reviewer_subject_id" = ${id}
  AND (${type} IS NULL OR NEW."reviewer_subject_type" IS NULL OR NEW."reviewer_subject_type" = ${type})
  AND (${issuer} IS NULL OR NEW."reviewer_issuer" IS NULL OR NEW."reviewer_issuer" = ${issuer}))`;
const BY_OPENER = `(NEW."reviewed_by" = NEW."opened_by" OR NEW."opener_subject_id" IS NULL OR NEW."reviewer_subject_id" IS NULL
  OR ${maybe('NEW."opener_subject_id"', 'NEW."opener_subject_type"', 'NEW."opener_issuer"')})`;
const BY_SUBJECT = maybe('NEW."subject_id"', 'NEW."subject_type"', "NULL");

/** What of an emergency never changes. */
const FIXED = [
  "id",
  "subject_id",
  "subject_type",
  "patient",
  "organization",
  "reason",
  "opened_by",
  "opener_subject_id",
  "opener_subject_type",
  "opener_issuer",
  "started_at",
  "ends_at",
  "review_due_at",
];
const ENDED = ["ended_at", "ended_by", "end_reason"];
const REVIEWED = ["reviewed_at", "reviewed_by", "justified", "review_text"];

export const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "break_glass_begins_open",
    table: "break_glass",
    on: "INSERT",
    when: `NEW."is_over" OR NEW."ended_at" IS NOT NULL OR NEW."reviewed_at" IS NOT NULL`,
    refusal: "an emergency begins open",
  },
  {
    name: "break_glass_stays_what_it_is",
    table: "break_glass",
    on: "UPDATE",
    when: `${changesAny(postgres, FIXED)}
      OR (OLD."ended_at" IS NOT NULL AND (${changesAny(postgres, ENDED)}))
      OR (OLD."reviewed_at" IS NOT NULL AND (${changesAny(postgres, REVIEWED)}))
      OR (OLD."is_over" AND NOT NEW."is_over")`,
    refusal: "what was opened, ended or reviewed does not change",
  },
  {
    name: "break_glass_by_somebody_else",
    table: "break_glass",
    on: "UPDATE",
    when: `OLD."reviewed_at" IS NULL AND NEW."reviewed_at" IS NOT NULL AND (${BY_OPENER} OR ${BY_SUBJECT})`,
    refusal: "an emergency is reviewed by somebody else than who opened it and for whom it was",
  },
  {
    name: "break_glass_is_kept",
    table: "break_glass",
    on: "DELETE",
    when: "",
    refusal: "an emergency is kept",
  },
];

/** Emergencies, in which glass is broken, and what somebody else found of them. */
export class BreakGlass1795500000014 implements MigrationInterface {
  readonly name = "BreakGlass1795500000014";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      // `is_over` tells the index below what the clock can't: it is set when the next is opened, or this is ended or reviewed.
      `CREATE TABLE "break_glass" ("id" ${text} NOT NULL PRIMARY KEY,
        "subject_id" ${text} NOT NULL, "subject_type" ${text} NOT NULL, "patient" ${text} NOT NULL, "organization" ${text} NOT NULL,
        "reason" ${text} NOT NULL, "opened_by" ${text} NOT NULL, "opener_subject_id" ${text}, "opener_subject_type" ${text}, "opener_issuer" ${text},
        "started_at" ${integer} NOT NULL, "ends_at" ${integer} NOT NULL, "review_due_at" ${integer} NOT NULL, "is_over" ${boolean} NOT NULL,
        "ended_at" ${integer}, "ended_by" ${text}, "end_reason" ${text},
        "reviewed_at" ${integer}, "reviewed_by" ${text}, "reviewer_subject_id" ${text}, "reviewer_subject_type" ${text}, "reviewer_issuer" ${text},
        "justified" ${boolean}, "review_text" ${text},
        CHECK ("started_at" < "ends_at" AND "ends_at" <= "review_due_at"),
        CHECK (("ended_at" IS NULL) = ("ended_by" IS NULL)),
        CHECK (("reviewed_at" IS NULL) = ("reviewed_by" IS NULL) AND ("reviewed_at" IS NULL) = ("justified" IS NULL)
          AND ("reviewed_at" IS NULL) = ("review_text" IS NULL)))`,
      `CREATE UNIQUE INDEX "break_glass_open" ON "break_glass" ("patient", "subject_id", "subject_type", "organization") WHERE NOT "is_over"`,
      `CREATE INDEX "break_glass_unreviewed" ON "break_glass" ("review_due_at", "ends_at", "ended_at") WHERE "reviewed_at" IS NULL`,
      `CREATE INDEX "break_glass_of_patient" ON "break_glass" ("patient", "id")`,
      `CREATE INDEX "break_glass_of_subject" ON "break_glass" ("subject_id", "id")`,
      `CREATE INDEX "break_glass_of_opener" ON "break_glass" ("opened_by", "id")`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "break_glass"`]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
