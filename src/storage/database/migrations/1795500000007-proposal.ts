import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Two persons of whom nobody can tell that they are two: what is not said tells nobody apart. */
const SAME_PERSON = `(p."author_subject_id" IS NULL OR NEW."subject_id" IS NULL
  OR (p."author_subject_id" = NEW."subject_id"
    AND (p."author_subject_type" IS NULL OR NEW."subject_type" IS NULL OR p."author_subject_type" = NEW."subject_type")
    AND (p."author_issuer" IS NULL OR NEW."issuer" IS NULL OR p."author_issuer" = NEW."issuer")))`;

/** What of a proposal never changes. */
const FIXED = [
  "id",
  "kind",
  "title",
  "reason",
  "author",
  "author_subject_id",
  "author_subject_type",
  "author_issuer",
  "change",
  "emergency",
  "created_at",
  "expires_at",
];

export const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "proposal_approval_by_somebody_else",
    table: "proposal_approval",
    on: "INSERT",
    when: `NOT EXISTS (SELECT 1 FROM "proposal" p WHERE p."id" = NEW."proposal_id" AND p."author" <> NEW."author" AND NOT ${SAME_PERSON})`,
    refusal: "a proposal is approved by somebody else than its author",
  },
  {
    name: "proposal_approval_stays",
    table: "proposal_approval",
    on: "UPDATE",
    when: "",
    refusal: "an approval does not change",
  },
  {
    name: "proposal_approval_is_kept",
    table: "proposal_approval",
    on: "DELETE",
    when: "",
    refusal: "an approval is not taken back",
  },
  {
    name: "proposal_begins_open",
    table: "proposal",
    on: "INSERT",
    when: `NEW."state" <> 'OPEN'`,
    refusal: "a proposal begins OPEN",
  },
  {
    name: "proposal_stays_what_it_is",
    table: "proposal",
    on: "UPDATE",
    when: changesAny(postgres, FIXED),
    refusal: "what was proposed does not change",
  },
  {
    name: "proposal_needs_approval",
    table: "proposal",
    on: "UPDATE",
    when: `NEW."state" IN ('APPROVED', 'APPLIED') AND NOT EXISTS
      (SELECT 1 FROM "proposal_approval" a WHERE a."proposal_id" = NEW."id" AND a."digest" = NEW."digest")`,
    refusal: "a proposal is applied as it was approved",
  },
  { name: "proposal_is_kept", table: "proposal", on: "DELETE", when: "", refusal: "a proposal is kept" },
];

/** Changes that somebody else must approve, with their approvals, of which none is the author's, and what was said of them. */
export class Proposal1795500000007 implements MigrationInterface {
  readonly name = "Proposal1795500000007";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer, boolean } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "proposal" ("id" ${text} NOT NULL PRIMARY KEY, "state" ${text} NOT NULL, "kind" ${text} NOT NULL,
        "title" ${text} NOT NULL, "reason" ${text} NOT NULL, "author" ${text} NOT NULL,
        "author_subject_id" ${text}, "author_subject_type" ${text}, "author_issuer" ${text}, "change" ${text} NOT NULL,
        "emergency" ${boolean} NOT NULL, "created_at" ${integer} NOT NULL, "expires_at" ${integer} NOT NULL,
        "round" ${integer} NOT NULL, "digest" ${text} NOT NULL, "base_revision" ${integer} NOT NULL, "effect" ${text} NOT NULL,
        "findings" ${text} NOT NULL, "report" ${text},
        "closed_at" ${integer}, "closed_by" ${text}, "closed_reason" ${text}, "applied_revision" ${integer},
        CHECK ("state" IN ('OPEN', 'APPROVED', 'APPLIED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')),
        CHECK (("state" IN ('OPEN', 'APPROVED')) = ("closed_at" IS NULL)))`,
      `CREATE INDEX "proposal_undecided" ON "proposal" ("id") WHERE "closed_at" IS NULL`,
      `CREATE TABLE "proposal_approval" ("proposal_id" ${text} NOT NULL REFERENCES "proposal" ("id"), "digest" ${text} NOT NULL,
        "at" ${integer} NOT NULL, "author" ${text} NOT NULL, "subject_id" ${text}, "subject_type" ${text}, "issuer" ${text},
        "reason" ${text} NOT NULL, "flips_reason" ${text}, PRIMARY KEY ("proposal_id", "digest"))`,
      `CREATE TABLE "proposal_comment" ("id" ${text} NOT NULL PRIMARY KEY, "proposal_id" ${text} NOT NULL REFERENCES "proposal" ("id"),
        "at" ${integer} NOT NULL, "author" ${text} NOT NULL, "text" ${text} NOT NULL)`,
      `CREATE INDEX "proposal_comment_of" ON "proposal_comment" ("proposal_id", "id")`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "proposal_comment"`, `DROP TABLE "proposal_approval"`, `DROP TABLE "proposal"`]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
