import type { Room } from "./columnTypes.ts";

/** Replays and back-tests that are made apart from the request that asked for them, with what came of them. */
export const jobs: Room = ({ integer, text }) => [
  `CREATE TABLE "job" ("id" ${text} NOT NULL PRIMARY KEY, "kind" ${text} NOT NULL, "owner" ${text} NOT NULL, "state" ${text} NOT NULL,
    "progress" ${integer} NOT NULL, "read" ${integer} NOT NULL, "input_sha256" ${text} NOT NULL, "base_revision" ${integer},
    "detector" ${text}, "from" ${integer}, "to" ${integer}, "created_at" ${integer} NOT NULL, "started_at" ${integer},
    "ended_at" ${integer}, "seen_at" ${integer} NOT NULL, "reason" ${text}, "result" ${text})`,
  `CREATE INDEX "job_open" ON "job" ("seen_at") WHERE "ended_at" IS NULL`,
  `CREATE INDEX "job_ended" ON "job" ("ended_at") WHERE "ended_at" IS NOT NULL`,
];
