import type { Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";
import { ARCHIVE_END } from "./journal.ts";

/** What of an archive never changes: all but how far its acts were removed. */
const FIXED = [
  ...["until_position", "from_position", "first", "size", "month", "file", "sha256", "at"],
  ...["act_id", "directory_revision"],
];
const ACT = `SELECT "seq" FROM "journal" WHERE "id" = NEW."act_id" AND "kind" = 'ARCHIVE'`;

const guards = (postgres: boolean): readonly Guard[] => [
  {
    ...{ name: "journal_archive_is_on_record", table: "journal_archive", on: "INSERT" },
    // What leaves is always a beginning of the journal, without the act that says so.
    when: `COALESCE((${ACT}), 0) <= NEW."until_position" OR NEW."from_position" <= ${ARCHIVE_END}
      OR NEW."removed_to" >= NEW."from_position"`,
    refusal: "what leaves the journal is on record",
  },
  {
    ...{ name: "journal_archive_stays_what_it_is", table: "journal_archive", on: "UPDATE" },
    when: `${changesAny(postgres, FIXED)} OR NEW."removed_to" < OLD."removed_to"`,
    refusal: "an archive stays what it is",
  },
  { name: "journal_archive_is_kept", table: "journal_archive", on: "DELETE", refusal: "an archive is kept" },
];

/**
 * How far erasure has gone through the journal, and what it passed over; the months whose acts are in files (storage/archive/archiveStore.ts), by which,
 * and by which alone, acts may leave the journal; and up to where decisions were counted that are not counted again, as some may have left.
 */
export const retention: Room = ({ boolean, integer, postgres, text }) => [
  // `trusted_at`: when erasure last believed the clock (domain/audit/retention/trustedRetention.ts); null: never.
  `CREATE TABLE "retention" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "position" ${integer} NOT NULL,
    "erased_acts" ${integer} NOT NULL, "erased_values" ${integer} NOT NULL, "trusted_at" ${integer})`,
  'INSERT INTO "retention" ("id", "position", "erased_acts", "erased_values") VALUES (1, 0, 0, 0)',
  // `lifts`: how many holds had been lifted by then. Where more are, what was held is looked at again, however much it is.
  `CREATE TABLE "retention_passed" ("position" ${integer} NOT NULL PRIMARY KEY, "again_at" ${integer} NOT NULL, "held" ${boolean} NOT NULL,
    "lifts" ${integer} NOT NULL)`,
  'CREATE INDEX "retention_passed_again" ON "retention_passed" ("again_at", "position")',
  'CREATE INDEX "retention_passed_held" ON "retention_passed" ("lifts", "position") WHERE "held"',
  `CREATE TABLE "journal_archive" ("until_position" ${integer} NOT NULL PRIMARY KEY, "from_position" ${integer} NOT NULL,
    "first" ${integer} NOT NULL, "size" ${integer} NOT NULL, "month" ${text} NOT NULL, "file" ${text} NOT NULL,
    "sha256" ${text} NOT NULL, "at" ${integer} NOT NULL, "act_id" ${text} NOT NULL UNIQUE,
    "directory_revision" ${integer} NOT NULL, "removed_to" ${integer} NOT NULL,
    CHECK ("from_position" <= "until_position" AND "first" < "size"),
    CHECK ("removed_to" BETWEEN "from_position" - 1 AND "until_position"))`,
  ...guardStatements(guards(postgres), postgres),
  `CREATE TABLE "journal_counted" ("name" ${text} NOT NULL PRIMARY KEY, "position" ${integer} NOT NULL)`,
];
