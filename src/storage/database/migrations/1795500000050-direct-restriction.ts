import type { MigrationInterface, QueryRunner } from "typeorm";
import { isPostgres, runAll } from "./helpers.ts";

const ALERT = '"alert_id" TEXT';
const HOUR = `"ends_at" - "imposed_at" <= 3600000`;
const DAY_WITHOUT_ALERT = `"ends_at" - "imposed_at" <= CASE WHEN "alert_id" IS NULL THEN 86400000 ELSE 3600000 END`;
const ONCE = `CREATE UNIQUE INDEX "restriction_direct" ON "restriction" ("holder_id", "holder_kind", "holder_type")
  WHERE NOT "is_over" AND "alert_id" IS NULL`;
/** How long a restriction may be. */
const length = (suspension: string): string =>
  `CHECK ("imposed_at" < "ends_at" AND ("response" = 'STEP_UP' AND "ends_at" - "imposed_at" <= 86400000
    OR "response" = 'SUSPENSION' AND ${suspension}))`;

/** SQLite changes no column and no check: the table is made anew, with its own indexes and triggers. */
async function madeAnew(runner: QueryRunner, change: (sql: string) => string): Promise<void> {
  const made: readonly { readonly type: string; readonly sql: string }[] = await runner.query(
    `SELECT "type", "sql" FROM sqlite_master WHERE "tbl_name" = 'restriction' AND "sql" IS NOT NULL`,
  );
  const table = made.find(({ type }) => type === "table")?.sql ?? "";
  await runAll(runner, [
    change(table).replace(/"?restriction"?/, '"restriction_anew"'),
    'INSERT INTO "restriction_anew" SELECT * FROM "restriction"',
    'DROP TABLE "restriction"',
    'ALTER TABLE "restriction_anew" RENAME TO "restriction"',
    ...made.filter(({ type }) => type !== "table").map(({ sql }) => sql),
  ]);
}

/** PostgreSQL named the checks. */
async function checkAnew(runner: QueryRunner, suspension: string): Promise<void> {
  const [check]: readonly { readonly conname: string }[] = await runner.query(
    `SELECT conname FROM pg_constraint WHERE conrelid = 'restriction'::regclass AND contype = 'c'
      AND pg_get_constraintdef(oid) LIKE '%3600000%'`,
  );
  await runAll(runner, [
    `ALTER TABLE "restriction" DROP CONSTRAINT "${check?.conname}"`,
    `ALTER TABLE "restriction" ADD ${length(suspension)}`,
  ]);
}

/** That somebody blocks a person without an alert: for a day at most, once at a time. It goes back only while none was. */
export class DirectRestriction1795500000050 implements MigrationInterface {
  readonly name = "DirectRestriction1795500000050";

  async up(runner: QueryRunner): Promise<void> {
    if (isPostgres(runner)) {
      await runner.query('ALTER TABLE "restriction" ALTER COLUMN "alert_id" DROP NOT NULL');
      await checkAnew(runner, DAY_WITHOUT_ALERT);
    } else await madeAnew(runner, (sql) => sql.replace(`${ALERT} NOT NULL`, ALERT).replace(HOUR, DAY_WITHOUT_ALERT));
    await runner.query(ONCE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "restriction_direct"');
    if (isPostgres(runner)) {
      await checkAnew(runner, HOUR);
      await runner.query('ALTER TABLE "restriction" ALTER COLUMN "alert_id" SET NOT NULL');
    } else await madeAnew(runner, (sql) => sql.replace(DAY_WITHOUT_ALERT, HOUR).replace(ALERT, `${ALERT} NOT NULL`));
  }
}
