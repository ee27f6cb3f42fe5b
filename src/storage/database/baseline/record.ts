import type { Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";

const guards = (postgres: boolean): readonly Guard[] => {
  const tree = "the tree of the record only grows";
  return [
    {
      ...{ name: "record_tile_only_grows", table: "record_tile", on: "UPDATE", refusal: tree },
      when: `${changesAny(postgres, ["level", "tile", "first_position"])} OR substr(NEW."hashes", 1, length(OLD."hashes")) <> OLD."hashes"`,
    },
    { name: "record_tile_is_kept", table: "record_tile", on: "DELETE", refusal: tree },
    {
      ...{ name: "record_checkpoint_stays_what_it_is", table: "record_checkpoint", on: "UPDATE" },
      when: `${changesAny(postgres, ["size", "root", "note", "signed_at"])} OR OLD."copied_at" IS NOT NULL`,
      refusal: "a checkpoint stays what it is",
    },
    {
      ...{ name: "record_checkpoint_is_kept", table: "record_checkpoint", on: "DELETE" },
      refusal: "a checkpoint is kept",
    },
    {
      ...{ name: "record_key_stays_what_it_is", table: "record_key", on: "UPDATE" },
      when: `${changesAny(postgres, ["public_key", "since_size", "made_at"])} OR OLD."until_size" IS NOT NULL`,
      refusal: "a key of checkpoints stays what it is",
    },
    { name: "record_key_is_kept", table: "record_key", on: "DELETE", refusal: "a key of checkpoints is kept" },
  ];
};

/**
 * The Merkle tree of all that is on record, which its follower keeps (storage/record/recordTree.ts): 256 hashes a row, those of leaves
 * at level 0, each of a full row below at the others. Its signed heads, and the keys that signed them.
 */
export const record: Room = ({ bytes, integer, postgres, text }) => [
  `CREATE TABLE "record_tile" ("level" ${integer} NOT NULL, "tile" ${integer} NOT NULL, "hashes" ${bytes} NOT NULL,
    "first_position" ${integer}, "last_position" ${integer}, "offsets" ${text}, PRIMARY KEY ("level", "tile"),
    CHECK (length("hashes") % 32 = 0 AND length("hashes") BETWEEN 32 AND 8192),
    CHECK (("level" = 0) = ("first_position" IS NOT NULL) AND ("level" = 0) = ("last_position" IS NOT NULL)))`,
  `CREATE UNIQUE INDEX "record_tile_position" ON "record_tile" ("first_position") WHERE "level" = 0`,
  `CREATE TABLE "record_checkpoint" ("size" ${integer} NOT NULL PRIMARY KEY, "root" ${text} NOT NULL, "note" ${text} NOT NULL,
    "signed_at" ${integer} NOT NULL, "copied_at" ${integer})`,
  `CREATE INDEX "record_checkpoint_to_copy" ON "record_checkpoint" ("size") WHERE "copied_at" IS NULL`,
  `CREATE TABLE "record_key" ("public_key" ${text} NOT NULL PRIMARY KEY, "since_size" ${integer} NOT NULL, "made_at" ${integer} NOT NULL,
    "until_size" ${integer})`,
  `CREATE UNIQUE INDEX "record_key_current" ON "record_key" (("until_size" IS NULL)) WHERE "until_size" IS NULL`,
  ...guardStatements(guards(postgres), postgres),
];
