import type { ColumnTypes, Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";

/** What of a case never changes, whatever its kind. */
const FIXED = [
  ...["id", "kind", "slot", "parent", "client_id", "subject_id", "subject_type", "about_people", "patient"],
  ...["organization", "opened_at", "opened_by", "opener_subject_id", "opener_subject_type", "opener_issuer"],
  ...["opener_people", "body"],
];
const DECIDED = [
  ...["decided_at", "decided_by", "decider_subject_id", "decider_subject_type", "decider_issuer", "decider_people"],
];

const each = (postgres: boolean, list: string, as: string): string =>
  postgres ? `jsonb_array_elements_text(${list}::jsonb) AS ${as}("value")` : `json_each(${list}) AS ${as}`;
const tells = (as: string): string => `substr(${as}."value", 1, 1) = '@'`;
const both = (postgres: boolean, a: string, b: string): string =>
  `SELECT 1 FROM ${each(postgres, a, "a")} CROSS JOIN ${each(postgres, b, "b")} WHERE`;

/** Whether two of these lists (`peopleOf`) have somebody in common, or one of them is missing. */
const isSame = (postgres: boolean, a: string, b: string): string =>
  `(${a} IS NULL OR ${b} IS NULL OR EXISTS (${both(postgres, a, b)} a."value" = b."value" AND NOT ${tells("a")}))`;

/** Whether they are, or may be, one person: that is so, or nothing in them tells two people apart. */
const mayBeSame = (postgres: boolean, a: string, b: string): string =>
  `(${isSame(postgres, a, b)}
    OR NOT EXISTS (${both(postgres, a, b)} (${tells("a")} AND a."value" = b."value") OR a."value" = '@*' OR b."value" = '@*'))`;

/** Whether who decides may be who opened it. */
const byOpener = (postgres: boolean): string =>
  `(NEW."decided_by" = NEW."opened_by" OR ${mayBeSame(postgres, 'NEW."opener_people"', 'NEW."decider_people"')})`;

/** Access that was approved may be given back: what that adds is all that changes. */
const isGivenBack = (postgres: boolean): string =>
  `(NEW."kind" = 'ACCESS_REQUEST' AND OLD."state" = 'APPROVED' AND NEW."state" = 'RETURNED' AND NOT (${changesAny(postgres, DECIDED)})
    AND ${postgres ? `NEW."life"::jsonb - 'returned' = OLD."life"::jsonb` : `json_remove(NEW."life", '$.returned') = OLD."life"`})`;

const DECIDES = `OLD."decided_at" IS NULL AND NEW."decided_at" IS NOT NULL`;

function guards({ member, postgres }: ColumnTypes): readonly Guard[] {
  const table = "case_file";
  const approvalsNeeded = (of: string): string =>
    `COALESCE(CAST(${member(`${of}."body"`, "approvalsNeeded")} AS INTEGER), 1)`;
  const withoutPerson = `(NEW."opener_issuer" IS NOT NULL AND (NEW."opener_subject_type" = 'client'
    OR NOT EXISTS (SELECT 1 FROM ${each(postgres, 'NEW."opener_people"', "a")} WHERE ${tells("a")})))`;
  return [
    {
      ...{ name: "case_begins_open", table, on: "INSERT" },
      when: `NEW."is_over" OR NEW."decided_at" IS NOT NULL OR NEW."outcome" IS NOT NULL OR NEW."version" <> 1
        OR (NEW."kind" = 'PROPOSAL' AND NEW."state" <> 'OPEN')
        OR (NEW."kind" = 'PROPOSAL' AND ${withoutPerson} AND ${approvalsNeeded("NEW")} < 2)
        OR (NEW."kind" IN ('RESTRICTION') AND ${mayBeSame(postgres, 'NEW."about_people"', 'NEW."opener_people"')})`,
      refusal: "a case begins open, and nobody restricts themselves",
    },
    {
      ...{ name: "case_stays_what_it_is", table, on: "UPDATE" },
      when: `${changesAny(postgres, FIXED)} OR (NEW."kind" = 'CONSENT_REQUEST' AND NEW."ends_at" > OLD."ends_at")
        OR NEW."version" <> OLD."version" + 1 OR (OLD."is_over" AND NOT NEW."is_over")
        OR ((OLD."decided_at" IS NOT NULL OR OLD."outcome" IS NOT NULL)
          AND (${changesAny(postgres, [...DECIDED, "state", "life"])}) AND NOT ${isGivenBack(postgres)})
        OR (NEW."kind" = 'PROPOSAL' AND (${changesAny(postgres, ["ends_at"])}))
        OR (OLD."outcome" IS NOT NULL AND (${changesAny(postgres, ["outcome"])}))
        OR ${member('OLD."life"', "ended")} <> COALESCE(${member('NEW."life"', "ended")}, '')
        OR (NEW."kind" IN ('ACCOUNTING_SUSPENSION', 'BREAK_GLASS', 'LEGAL_HOLD', 'REVIEW_CAMPAIGN', 'REVIEW_ITEM') AND (${changesAny(postgres, ["due_at", "ends_at"])}))
        OR (NEW."kind" IN ('REVIEW_CAMPAIGN', 'REVIEW_ITEM') AND ((NEW."state" = 'OPEN' AND OLD."state" <> 'OPEN')
          OR (NEW."state" = 'DECIDED' AND OLD."state" = 'PROPOSED')))`,
      refusal: "what was opened or decided does not change",
    },
    {
      ...{ name: "case_by_somebody_else", table, on: "UPDATE" },
      when: `${DECIDES} AND ((NEW."kind" IN ('BREAK_GLASS', 'RESTRICTION', 'REVIEW_ITEM') AND ${mayBeSame(postgres, 'NEW."about_people"', 'NEW."decider_people"')})
        OR (NEW."kind" IN ('BREAK_GLASS') AND ${byOpener(postgres)})
        OR (NEW."kind" = 'ACCESS_REQUEST' AND NEW."state" = 'APPROVED'
          AND (${byOpener(postgres)} OR ${mayBeSame(postgres, 'NEW."about_people"', 'NEW."decider_people"')}))
        OR (NEW."kind" = 'INQUIRY' AND NEW."state" = 'ANSWERED' AND NEW."decided_by" = NEW."opened_by"))`,
      refusal: "a case is decided by somebody else",
    },
    {
      ...{ name: "case_is_kept", table, on: "DELETE" },
      when: `OLD."kind" <> 'CONSENT_REQUEST' OR OLD."decided_at" IS NOT NULL`,
      refusal: "a case is kept",
    },
    {
      ...{ name: "case_proposal_as_approved", table, on: "UPDATE" },
      when: `NEW."kind" = 'PROPOSAL' AND NEW."state" IN ('APPROVED', 'APPLIED') AND ${approvalsNeeded("NEW")} > (SELECT COUNT(*) FROM "case_entry" e
        WHERE e."case_id" = NEW."id" AND e."kind" = 'APPROVAL' AND ${member('e."body"', "digest")} = ${member('NEW."life"', "digest")})`,
      refusal: "a proposal is applied as it was approved",
    },
    {
      ...{ name: "case_approval_by_somebody_else", table: "case_entry", on: "INSERT" },
      when: `NEW."kind" = 'APPROVAL' AND NOT EXISTS (SELECT 1 FROM "case_file" c WHERE c."id" = NEW."case_id" AND c."opened_by" <> NEW."by"
        AND NOT ${isSame(postgres, 'c."opener_people"', 'NEW."people"')}
        AND (${approvalsNeeded("c")} > 1 OR NOT ${mayBeSame(postgres, 'c."opener_people"', 'NEW."people"')}))`,
      refusal: "a proposal is approved by somebody else than its author",
    },
    {
      ...{ name: "case_approval_by_two", table: "case_entry", on: "INSERT" },
      when: `NEW."kind" = 'APPROVAL' AND EXISTS (SELECT 1 FROM "case_entry" e WHERE e."case_id" = NEW."case_id" AND e."kind" = 'APPROVAL'
        AND ${member('e."body"', "digest")} = ${member('NEW."body"', "digest")}
        AND (e."by" = NEW."by" OR ${mayBeSame(postgres, 'e."people"', 'NEW."people"')}))`,
      refusal: "a proposal is not approved twice by one person",
    },
    {
      ...{ name: "case_entry_stays", table: "case_entry", on: "UPDATE" },
      refusal: "what was said of a case does not change",
    },
    {
      ...{ name: "case_entry_is_kept", table: "case_entry", on: "DELETE" },
      refusal: "what was said of a case is kept",
    },
  ];
}

/** What waits for a person, of every kind: one table, whose database compares persons, and keeps what was decided. */
export const cases: Room = (types) => {
  const { boolean, integer, member, postgres, text } = types;
  const inBody = (name: string): string => member('"body"', name);
  const statement = inBody("statement");
  return [
    `CREATE TABLE "case_file" ("id" ${text} NOT NULL PRIMARY KEY, "kind" ${text} NOT NULL, "state" ${text} NOT NULL, "slot" ${text},
      "parent" ${text}, "client_id" ${text}, "subject_id" ${text}, "subject_type" ${text}, "about_people" ${text},
      "patient" ${text}, "organization" ${text}, "opened_at" ${integer} NOT NULL, "opened_by" ${text} NOT NULL,
      "opener_subject_id" ${text}, "opener_subject_type" ${text}, "opener_issuer" ${text}, "opener_people" ${text},
      "decided_at" ${integer}, "decided_by" ${text}, "decider_subject_id" ${text}, "decider_subject_type" ${text},
      "decider_issuer" ${text}, "decider_people" ${text}, "due_at" ${integer}, "ends_at" ${integer}, "is_over" ${boolean} NOT NULL,
      "version" ${integer} NOT NULL, "body" ${text} NOT NULL, "life" ${text}, "outcome" ${text},
      CHECK ("ends_at" IS NULL OR "opened_at" < "ends_at"), CHECK (("decided_at" IS NULL) = ("decided_by" IS NULL)),
      CHECK (("subject_id" IS NULL) = ("subject_type" IS NULL)),
      CHECK ("kind" <> 'ACCOUNTING_SUSPENSION' OR COALESCE("patient" IS NOT NULL AND "ends_at" IS NOT NULL AND (${statement} = 'WRITTEN'
        OR ${statement} = 'ORAL' AND "ends_at" - "opened_at" <= 2592000000), FALSE)),
      CHECK ("kind" <> 'LEGAL_HOLD' OR COALESCE("patient", "client_id", ${inBody("from")}, ${inBody("to")}) IS NOT NULL),
      CHECK ("kind" <> 'BREAK_GLASS' OR COALESCE("ends_at" <= "due_at" AND ("subject_id" || "patient" || "organization") IS NOT NULL, FALSE)),
      CHECK ("kind" NOT IN ('ACCESS_REQUEST', 'CONSENT_REQUEST')
        OR (("state" = 'OPEN') = ("decided_at" IS NULL) AND ("decided_at" IS NULL) = ("life" IS NULL))),
      CHECK ("kind" <> 'PROPOSAL' OR ("ends_at" IS NOT NULL AND ("state" IN ('OPEN', 'APPROVED')) = ("decided_at" IS NULL))),
      CHECK ("kind" <> 'RESTRICTION' OR ("ends_at" IS NOT NULL AND "ends_at" - "opened_at" <= 86400000)))`,
    // `is_over` tells the indexes what the clock can't: it is set when the next is opened, or a step ends this one.
    `CREATE UNIQUE INDEX "case_slot" ON "case_file" ("kind", "slot") WHERE NOT "is_over" AND "slot" IS NOT NULL`,
    `CREATE INDEX "case_kind" ON "case_file" ("kind", "id")`,
    `CREATE INDEX "case_parent" ON "case_file" ("parent", "kind", "id") WHERE "parent" IS NOT NULL`,
    `CREATE INDEX "case_subject" ON "case_file" ("subject_id", "kind", "id") WHERE "subject_id" IS NOT NULL`,
    `CREATE INDEX "case_client" ON "case_file" ("client_id", "kind", "id") WHERE "client_id" IS NOT NULL`,
    `CREATE INDEX "case_patient" ON "case_file" ("patient", "kind", "id") WHERE "patient" IS NOT NULL`,
    `CREATE INDEX "case_opener" ON "case_file" ("opened_by", "kind", "id")`,
    `CREATE INDEX "case_standing" ON "case_file" ("kind", "ends_at") WHERE NOT "is_over"`,
    `CREATE INDEX "case_undecided" ON "case_file" ("kind", "ends_at") WHERE "decided_at" IS NULL`,
    // What waits for somebody, the most urgent first, as inboxes are read.
    `CREATE INDEX "case_waiting" ON "case_file" ("kind", COALESCE("due_at", "ends_at", 9000000000000000), "opened_at", "id")
      WHERE "decided_at" IS NULL`,
    `CREATE INDEX "case_decided" ON "case_file" ("kind", "decided_at") WHERE "decided_at" IS NOT NULL`,
    // What every decision asks.
    `CREATE INDEX "case_restriction_in_force" ON "case_file" (COALESCE("subject_id", "client_id"))
      WHERE "kind" = 'RESTRICTION' AND NOT "is_over"`,
    `CREATE INDEX "case_break_glass_in_force" ON "case_file" ("patient") WHERE "kind" = 'BREAK_GLASS' AND NOT "is_over"`,
    `CREATE INDEX "case_access_request_ending" ON "case_file" ("ends_at") WHERE "kind" = 'ACCESS_REQUEST' AND "state" = 'APPROVED'`,
    // Those that nobody has answered: few of a patient and client at a time.
    `CREATE INDEX "case_consent_request_waits" ON "case_file" ("patient", "client_id", "opened_at")
      WHERE "kind" = 'CONSENT_REQUEST' AND "decided_at" IS NULL`,
    // A review is begun anew once, whatever has become of the one that did.
    `CREATE UNIQUE INDEX "case_review_follows" ON "case_file" ("slot") WHERE "kind" = 'REVIEW_CAMPAIGN' AND "slot" IS NOT NULL`,
    `CREATE INDEX "case_review_undecided" ON "case_file" ("due_at", "id") WHERE "kind" = 'REVIEW_ITEM' AND "state" = 'UNDECIDED'`,
    `CREATE INDEX "case_review_excepted" ON "case_file" ("decided_at") WHERE "kind" = 'REVIEW_ITEM' AND "state" = 'EXCEPTED'`,
    `CREATE TABLE "case_entry" ("id" ${text} NOT NULL PRIMARY KEY, "case_id" ${text} NOT NULL REFERENCES "case_file" ("id"),
      "kind" ${text} NOT NULL, "at" ${integer} NOT NULL, "by" ${text} NOT NULL, "subject_id" ${text}, "subject_type" ${text},
      "issuer" ${text}, "people" ${text}, "body" ${text} NOT NULL)`,
    `CREATE INDEX "case_entry_of" ON "case_entry" ("case_id", "at", "id")`,
    ...guardStatements(guards(types), postgres),
  ];
};
