import type { MigrationInterface, QueryRunner } from "typeorm";
import type { WatchedEntity } from "../../../domain/monitoring/detectors/detector.ts";
import { matterOf } from "../../../domain/monitoring/watch/matter.ts";
import { CLOSED } from "./1795500000020-watching.ts";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** In the place of the one of the same name: a verdict is replaced only where the one before it is kept beside it. */
const staysClosed = (postgres: boolean): Guard => ({
  name: "watch_alert_stays_closed",
  table: "watch_story",
  on: "UPDATE",
  when: `OLD."closed_at" IS NOT NULL AND (${changesAny(postgres, CLOSED)})
    AND (NEW."closed_at" IS NULL OR NOT (${changesAny(postgres, ["replaced"])}))`,
  refusal: "what was found of an alert does not change",
});
const asItWas = (postgres: boolean): Guard => ({
  ...staysClosed(postgres),
  when: `OLD."closed_at" IS NOT NULL AND (${changesAny(postgres, CLOSED)})`,
});
const dropped = (postgres: boolean): readonly string[] => [
  `DROP TRIGGER "watch_alert_stays_closed"${postgres ? ' ON "watch_story"' : ""}`,
  ...(postgres ? dropGuards([staysClosed(true)]) : []),
];

const LOOKS = ["UNRELATED_PATIENT", "OWN_OR_RELATED_RECORD"];
/** How much of what was found before is known of its rank: what its detector tells. */
const rankBy = (
  holds: (code: string) => string,
): string => `CASE WHEN ${holds("OWN_OR_RELATED_RECORD")} THEN 'SENSITIVE_UNEXPLAINED'
  WHEN "entity_kind" = 'CLIENT' OR ${[...LOOKS, "MANY_PATIENTS", "MANY_VIEWERS"].map(holds).join(" OR ")} THEN 'UNEXPLAINED' ELSE 'UNUSUAL' END`;

/** Gives alerts their matters. Of several open ones of a matter the newest has it, and names the one before it. */
async function fillMatters(runner: QueryRunner): Promise<void> {
  const rows: readonly Readonly<Record<string, string | null>>[] = await runner.query(
    `SELECT "id", "entity_kind", "entity_id", "detectors", "patient", "closed_at" FROM "watch_story" WHERE "opened_at" IS NOT NULL
      ORDER BY "first_at", "id"`,
  );
  const sql = (statement: string): string =>
    isPostgres(runner) ? [1, 2].reduce((text, n) => text.replace("?", `$${n}`), statement) : statement;
  const open = new Map<string, string>();
  for (const { closed_at: closedAt, detectors, entity_id: id, entity_kind: kind, id: alertId, patient } of rows) {
    const entity = { kind: kind as WatchedEntity["kind"], id: id ?? "" };
    const matter = matterOf({ entity, detectors: JSON.parse(detectors ?? "[]"), patient: patient ?? null });
    const key = JSON.stringify([entity.kind, entity.id, matter]);
    const earlier = closedAt === null ? open.get(key) : undefined;
    if (earlier !== undefined) {
      await runner.query(sql('UPDATE "watch_story" SET "matter" = NULL WHERE "id" = ?'), [earlier]);
      await runner.query(sql('UPDATE "watch_story" SET "earlier_id" = ? WHERE "id" = ?'), [earlier, alertId]);
    }
    await runner.query(sql('UPDATE "watch_story" SET "matter" = ? WHERE "id" = ?'), [matter, alertId]);
    if (closedAt === null) open.set(key, alertId ?? "");
  }
}

/** What an alert is about, so that one of a matter is open at a time; its rank; verdicts that were replaced; and looks at one patient that are suppressed. */
export class Matters1795500000062 implements MigrationInterface {
  readonly name = "Matters1795500000062";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `ALTER TABLE "watch_finding" ADD COLUMN "rank" ${text} NOT NULL DEFAULT 'UNUSUAL'`,
      `ALTER TABLE "watch_story" ADD COLUMN "rank" ${text} NOT NULL DEFAULT 'UNUSUAL'`,
      `ALTER TABLE "watch_story" ADD COLUMN "week_from" ${integer} NOT NULL DEFAULT 0`,
      `ALTER TABLE "watch_story" ADD COLUMN "week_points" ${integer} NOT NULL DEFAULT 0`,
      `ALTER TABLE "watch_story" ADD COLUMN "matter" ${text}`,
      `ALTER TABLE "watch_story" ADD COLUMN "earlier_id" ${text}`,
      `ALTER TABLE "watch_story" ADD COLUMN "replaced" ${text}`,
      `ALTER TABLE "watch_suppression" ADD COLUMN "patient" ${text}`,
      `UPDATE "watch_finding" SET "rank" = ${rankBy((code) => `"detector" = '${code}'`)}`,
      `UPDATE "watch_story" SET "week_from" = "first_at", "week_points" = "points",
        "rank" = ${rankBy((code) => `"detectors" LIKE '%"${code}"%'`)}`,
    ]);
    await fillMatters(runner);
    await runAll(runner, [
      `CREATE UNIQUE INDEX "watch_story_matter" ON "watch_story" ("entity_kind", "entity_id", "matter")
        WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL`,
      'CREATE INDEX "watch_suppression_alert" ON "watch_suppression" ("alert_id")',
      ...dropped(postgres),
      ...guardStatements([staysClosed(postgres)], postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    const columns = ["replaced", "earlier_id", "matter", "week_points", "week_from", "rank"];
    await runAll(runner, [
      ...dropped(postgres),
      ...guardStatements([asItWas(postgres)], postgres),
      'DROP INDEX "watch_suppression_alert"',
      'DROP INDEX "watch_story_matter"',
      'ALTER TABLE "watch_suppression" DROP COLUMN "patient"',
      ...columns.map((name) => `ALTER TABLE "watch_story" DROP COLUMN "${name}"`),
      'ALTER TABLE "watch_finding" DROP COLUMN "rank"',
    ]);
  }
}
