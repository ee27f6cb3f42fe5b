import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What of a campaign never changes. */
const FIXED_CAMPAIGN = [
  "id",
  "title",
  "reason",
  "role",
  "client_id",
  "organization",
  "unused_for_days",
  "reviewers",
  "fallback_reviewer",
  "started_by",
  "starter_subject_id",
  "starter_subject_type",
  "starter_issuer",
  "started_at",
  "due_at",
  "ends_at",
  "repeat_every_days",
  "repeat_until",
  "follows",
  "window_days",
  "policy_revision",
  "items",
  "left_out",
];

/** What of an item never changes. */
const FIXED_ITEM = [
  "id",
  "campaign_id",
  "kind",
  "row_key",
  "subject_id",
  "subject_type",
  "client_id",
  "role",
  "organization",
  "scope",
  "valid_from",
  "valid_until",
  "evidence",
  "advice",
];
const DECIDED = ["verdict", "decided_at", "decided_by", "decision_reason", "reduced_to", "except_until"];

/** Whether who decides may be whose access it is: what is not said tells nobody apart. */
const BY_HOLDER = `(NEW."decider_subject_id" IS NULL
  OR (NEW."decider_subject_id" = COALESCE(NEW."subject_id", NEW."client_id")
    AND (NEW."decider_subject_type" IS NULL OR NEW."decider_subject_type" = COALESCE(NEW."subject_type", 'client'))))`;

export const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "review_campaign_stays_what_it_is",
    table: "review_campaign",
    on: "UPDATE",
    when: `${changesAny(postgres, FIXED_CAMPAIGN)} OR OLD."state" = 'CLOSED' OR (OLD."state" = 'PROPOSED' AND NEW."state" = 'OPEN')
      OR NEW."decided" < OLD."decided"`,
    refusal: "a campaign stays what it is, and does not go back",
  },
  { name: "review_campaign_is_kept", table: "review_campaign", on: "DELETE", when: "", refusal: "a campaign is kept" },
  {
    name: "review_item_begins_undecided",
    table: "review_item",
    on: "INSERT",
    when: `NEW."verdict" <> 'UNDECIDED' OR NEW."outcome" IS NOT NULL`,
    refusal: "an item begins undecided",
  },
  {
    name: "review_item_stays_what_it_is",
    table: "review_item",
    on: "UPDATE",
    when: `${changesAny(postgres, FIXED_ITEM)} OR (OLD."verdict" <> 'UNDECIDED' AND (${changesAny(postgres, DECIDED)}))
      OR OLD."outcome" IS NOT NULL`,
    refusal: "what was listed or decided does not change",
  },
  {
    name: "review_item_by_somebody_else",
    table: "review_item",
    on: "UPDATE",
    when: `OLD."verdict" = 'UNDECIDED' AND NEW."verdict" <> 'UNDECIDED' AND ${BY_HOLDER}`,
    refusal: "nobody reviews their own access",
  },
  { name: "review_item_is_kept", table: "review_item", on: "DELETE", when: "", refusal: "an item is kept" },
];

/** Access reviews: campaigns, with what is reviewed in each. */
export class AccessReview1795500000021 implements MigrationInterface {
  readonly name = "AccessReview1795500000021";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "review_campaign" ("id" ${text} NOT NULL PRIMARY KEY, "title" ${text} NOT NULL, "reason" ${text} NOT NULL,
        "role" ${text}, "client_id" ${text}, "organization" ${text}, "unused_for_days" ${integer},
        "reviewers" ${text} NOT NULL, "fallback_reviewer" ${text},
        "started_by" ${text} NOT NULL, "starter_subject_id" ${text}, "starter_subject_type" ${text}, "starter_issuer" ${text},
        "started_at" ${integer} NOT NULL, "due_at" ${integer} NOT NULL, "ends_at" ${integer} NOT NULL,
        "repeat_every_days" ${integer}, "repeat_until" ${integer}, "follows" ${text}, "window_days" ${integer} NOT NULL,
        "policy_revision" ${integer} NOT NULL, "items" ${integer} NOT NULL, "left_out" ${integer} NOT NULL,
        "state" ${text} NOT NULL, "decided" ${integer} NOT NULL, "proposal_id" ${text},
        "closed_at" ${integer}, "closed_by" ${text}, "report_sha256" ${text},
        CHECK ("state" IN ('OPEN', 'PROPOSED', 'CLOSED') AND "started_at" < "due_at" AND "due_at" <= "ends_at"),
        CHECK ("decided" BETWEEN 0 AND "items"),
        CHECK (("state" = 'CLOSED') = ("closed_at" IS NOT NULL) AND ("closed_at" IS NULL) = ("closed_by" IS NULL)
          AND ("closed_at" IS NULL) = ("report_sha256" IS NULL)))`,
      `CREATE UNIQUE INDEX "review_campaign_follows" ON "review_campaign" ("follows") WHERE "follows" IS NOT NULL`,
      `CREATE INDEX "review_campaign_not_over" ON "review_campaign" ("state", "id") WHERE "state" <> 'CLOSED'`,
      `CREATE INDEX "review_campaign_repeats" ON "review_campaign" ("started_at") WHERE "repeat_every_days" IS NOT NULL`,
      `CREATE TABLE "review_item" ("id" ${text} NOT NULL PRIMARY KEY, "campaign_id" ${text} NOT NULL, "kind" ${text} NOT NULL,
        "row_key" ${text} NOT NULL, "subject_id" ${text}, "subject_type" ${text}, "client_id" ${text}, "role" ${text},
        "organization" ${text}, "scope" ${text}, "valid_from" ${integer}, "valid_until" ${integer},
        "evidence" ${text} NOT NULL, "advice" ${text}, "verdict" ${text} NOT NULL,
        "decided_at" ${integer}, "decided_by" ${text}, "decider_subject_id" ${text}, "decider_subject_type" ${text}, "decider_issuer" ${text},
        "decision_reason" ${text}, "reduced_to" ${text}, "except_until" ${integer}, "outcome" ${text}, "outcome_note" ${text},
        CHECK ("kind" IN ('ASSIGNMENT', 'GRANT') AND "verdict" IN ('UNDECIDED', 'KEEP', 'REMOVE', 'REDUCE')),
        CHECK (("verdict" = 'UNDECIDED') = ("decided_at" IS NULL) AND ("decided_at" IS NULL) = ("decided_by" IS NULL)
          AND ("decided_at" IS NULL) = ("decision_reason" IS NULL)),
        CHECK (("verdict" = 'REDUCE') = ("reduced_to" IS NOT NULL)),
        FOREIGN KEY ("campaign_id") REFERENCES "review_campaign" ("id"))`,
      `CREATE INDEX "review_item_undecided" ON "review_item" ("campaign_id", "id") WHERE "verdict" = 'UNDECIDED'`,
      `CREATE INDEX "review_item_of_campaign" ON "review_item" ("campaign_id", "id")`,
      `CREATE INDEX "review_item_excepted" ON "review_item" ("except_until") WHERE "except_until" IS NOT NULL`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "review_item"`, `DROP TABLE "review_campaign"`]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
