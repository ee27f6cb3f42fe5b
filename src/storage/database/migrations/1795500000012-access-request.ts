import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Whether who decides may be somebody: what is not said tells nobody apart. A subject of the policy says no issuer. */
const maybe = (id: string, type: string, issuer: string): string => `(NEW."decider_subject_id" = ${id}
  AND (${type} IS NULL OR NEW."decider_subject_type" IS NULL OR NEW."decider_subject_type" = ${type})
  AND (${issuer} IS NULL OR NEW."decider_issuer" IS NULL OR NEW."decider_issuer" = ${issuer}))`;
const BY_REQUESTER = `(NEW."decided_by" = NEW."requested_by" OR NEW."requester_subject_id" IS NULL OR NEW."decider_subject_id" IS NULL
  OR ${maybe('NEW."requester_subject_id"', 'NEW."requester_subject_type"', 'NEW."requester_issuer"')})`;
const BY_SUBJECT = `(NEW."subject_id" IS NOT NULL AND ${maybe('NEW."subject_id"', 'NEW."subject_type"', "NULL")})`;

/** What of an access request never changes. */
const FIXED = [
  "id",
  "subject_id",
  "subject_type",
  "role",
  "organization",
  "client_id",
  "scope",
  "minutes",
  "reason",
  "requested_by",
  "requester_subject_id",
  "requester_subject_type",
  "requester_issuer",
  "created_at",
];

export const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "access_request_begins_open",
    table: "access_request",
    on: "INSERT",
    when: `NEW."state" <> 'OPEN'`,
    refusal: "an access request begins OPEN",
  },
  {
    name: "access_request_stays_what_it_is",
    table: "access_request",
    on: "UPDATE",
    when: changesAny(postgres, FIXED),
    refusal: "what was asked for does not change",
  },
  {
    name: "access_request_by_somebody_else",
    table: "access_request",
    on: "UPDATE",
    when: `NEW."state" = 'APPROVED' AND (NEW."decided_by" IS NULL OR ${BY_REQUESTER} OR ${BY_SUBJECT})`,
    refusal: "an access request is approved by somebody else than who asked and whom it is for",
  },
  {
    name: "access_request_ends",
    table: "access_request",
    on: "UPDATE",
    when: `OLD."state" IN ('REFUSED', 'RETURNED') OR (OLD."state" = 'APPROVED' AND NEW."state" <> 'RETURNED')`,
    refusal: "an access request that was answered is not answered again",
  },
  {
    name: "access_request_is_kept",
    table: "access_request",
    on: "DELETE",
    when: "",
    refusal: "an access request is kept",
  },
];

/** Access for a while, which one asks for and another approves. */
export class AccessRequest1795500000012 implements MigrationInterface {
  readonly name = "AccessRequest1795500000012";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "access_request" ("id" ${text} NOT NULL PRIMARY KEY, "state" ${text} NOT NULL,
        "subject_id" ${text}, "subject_type" ${text}, "role" ${text}, "organization" ${text}, "client_id" ${text}, "scope" ${text},
        "minutes" ${integer} NOT NULL, "reason" ${text} NOT NULL,
        "requested_by" ${text} NOT NULL, "requester_subject_id" ${text}, "requester_subject_type" ${text}, "requester_issuer" ${text},
        "created_at" ${integer} NOT NULL, "expires_at" ${integer} NOT NULL,
        "decided_at" ${integer}, "decided_by" ${text}, "decider_subject_id" ${text}, "decider_subject_type" ${text}, "decider_issuer" ${text},
        "decision_reason" ${text}, "given" ${text},
        "returned_at" ${integer}, "returned_by" ${text}, "return_reason" ${text}, "policy_revision" ${integer},
        CHECK ("state" IN ('OPEN', 'APPROVED', 'REFUSED', 'RETURNED')),
        CHECK (("state" IN ('APPROVED', 'REFUSED')) <= ("decided_at" IS NOT NULL)),
        CHECK (("state" = 'RETURNED') = ("returned_at" IS NOT NULL)),
        CHECK (("role" IS NULL) = ("organization" IS NULL) AND ("scope" IS NULL) = ("client_id" IS NULL)),
        CHECK (("role" IS NULL) <> ("scope" IS NULL)))`,
      `CREATE INDEX "access_request_standing_subject" ON "access_request" ("subject_id") WHERE "state" IN ('OPEN', 'APPROVED')`,
      `CREATE INDEX "access_request_standing_client" ON "access_request" ("client_id") WHERE "state" IN ('OPEN', 'APPROVED')`,
      `CREATE INDEX "access_request_open" ON "access_request" ("id") WHERE "state" = 'OPEN'`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "access_request"`]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
