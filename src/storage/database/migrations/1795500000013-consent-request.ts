import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What of a request never changes. */
const FIXED = [
  "id",
  "question",
  "patient",
  "client_id",
  "asked",
  "decision_id",
  "requested_by",
  "requested_at",
  "valid_until",
  "refused_days",
];

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "consent_request_stays_what_it_is",
    table: "consent_request",
    on: "UPDATE",
    when: `${changesAny(postgres, FIXED)} OR NEW."expires_at" > OLD."expires_at"`,
    refusal: "what a patient was asked does not change",
  },
  {
    name: "consent_request_is_answered_once",
    table: "consent_request",
    on: "UPDATE",
    when: `OLD."answered_at" IS NOT NULL`,
    refusal: "a consent request is answered once",
  },
  {
    name: "consent_request_answer_is_kept",
    table: "consent_request",
    on: "DELETE",
    when: `OLD."answered_at" IS NOT NULL`,
    refusal: "an answer of a patient is kept",
  },
];

/** What patients are asked, and their answers; and how they are asked, a setting of organizations. */
export class ConsentRequest1795500000013 implements MigrationInterface {
  readonly name = "ConsentRequest1795500000013";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `ALTER TABLE "policy_organization" ADD COLUMN "consent_requests" ${text}`,
      `CREATE TABLE "consent_request" ("id" ${text} NOT NULL PRIMARY KEY, "question" ${text} NOT NULL, "patient" ${text} NOT NULL,
        "client_id" ${text} NOT NULL, "asked" ${text} NOT NULL, "decision_id" ${text} NOT NULL, "requested_by" ${text} NOT NULL,
        "requested_at" ${integer} NOT NULL, "expires_at" ${integer} NOT NULL, "valid_until" ${integer}, "refused_days" ${integer} NOT NULL,
        "answered_at" ${integer}, "answer" ${text}, CHECK (("answered_at" IS NULL) = ("answer" IS NULL)))`,
      // Those that nobody has answered: few of a patient and client at a time.
      `CREATE INDEX "consent_request_waits" ON "consent_request" ("patient", "client_id", "requested_at")
        WHERE "answered_at" IS NULL`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      `DROP TABLE "consent_request"`,
      `ALTER TABLE "policy_organization" DROP COLUMN "consent_requests"`,
      ...(isPostgres(runner) ? dropGuards(guards(true)) : []),
    ]);
  }
}
