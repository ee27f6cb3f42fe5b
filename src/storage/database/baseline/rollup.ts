import type { Room } from "./columnTypes.ts";

/** As decisionUse.ts says it, to the letter: else the indexes would not serve. */
const USE = `WHERE "dimension" = 2`;
const member = (postgres: boolean, i: number): string =>
  postgres ? `((("key")::jsonb->>${i}) COLLATE "C")` : `("key"->>${i})`;

/** What is counted beside the journal, by dimension, key and bucket of time (storage/rollup/dimensions.ts). */
export const rollup: Room = ({ inOrderOfKey, integer, numbered, postgres, text }) => [
  // `key` is a JSON array, which `digest` stands for; `day` is when it began.
  `CREATE TABLE "rollup_key" ("id" ${numbered}, "dimension" ${integer} NOT NULL, "day" ${integer} NOT NULL, "digest" ${text} NOT NULL UNIQUE,
    "key" ${text} NOT NULL, "last_at" ${integer})`,
  'CREATE INDEX "rollup_key_day" ON "rollup_key" ("dimension", "day")',
  `CREATE INDEX "rollup_key_scope" ON "rollup_key" ((substr(${member(postgres, 0)}, 1, 200)), "id") ${USE}`,
  `CREATE INDEX "rollup_key_client" ON "rollup_key" (${member(postgres, 1)}, "id") ${USE}`,
  `CREATE TABLE "rollup" ("dimension" ${integer} NOT NULL, "grain" ${integer} NOT NULL, "bucket" ${integer} NOT NULL,
    "key" ${integer} NOT NULL, "n" ${integer} NOT NULL, PRIMARY KEY ("dimension", "grain", "bucket", "key"))${inOrderOfKey}`,
];
