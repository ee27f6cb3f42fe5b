import type { Room } from "./columnTypes.ts";

/**
 * Notifications on their way to a receiver, in the order in which they were made; and what was reminded of, which stays when a
 * delivered one goes, so that nothing is reminded of twice.
 */
export const webhooks: Room = ({ integer, numbered, postgres, text }) => [
  // A number that was given is never given again.
  `CREATE TABLE "webhook_delivery" ("seq" ${numbered}${postgres ? "" : " AUTOINCREMENT"}, "id" ${text} NOT NULL UNIQUE, "type" ${text} NOT NULL,
    "subject" ${text} NOT NULL, "state" ${text} NOT NULL DEFAULT 'PENDING', "body" ${text} NOT NULL, "created_at" ${integer} NOT NULL,
    "attempts" ${integer} NOT NULL DEFAULT 0, "next_at" ${integer} NOT NULL, "last_attempt_at" ${integer},
    "last_status" ${integer}, "last_error" ${text}, "ended_at" ${integer},
    "lease" ${text}, "lease_until" ${integer} NOT NULL DEFAULT 0,
    CHECK ("state" IN ('PENDING', 'DELIVERED', 'DEAD')),
    CHECK (("state" = 'PENDING') = ("ended_at" IS NULL)))`,
  `CREATE INDEX "webhook_delivery_due" ON "webhook_delivery" ("next_at", "seq") WHERE "state" = 'PENDING'`,
  `CREATE INDEX "webhook_delivery_dead" ON "webhook_delivery" ("seq") WHERE "state" = 'DEAD'`,
  `CREATE INDEX "webhook_delivery_delivered" ON "webhook_delivery" ("ended_at") WHERE "state" = 'DELIVERED'`,
  `CREATE TABLE "reminder" ("id" ${text} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL)`,
];
