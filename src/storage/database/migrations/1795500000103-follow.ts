import type { MigrationInterface, QueryRunner } from "typeorm";

/** Acts that a consumer could not take. A consumer is waited for by looking at its position: nobody writes how far. */
export class Follow1795500000103 implements MigrationInterface {
  readonly name = "Follow1795500000103";

  async up(runner: QueryRunner): Promise<void> {
    const isPostgres = runner.connection.options.type === "postgres";
    const [text, integer] = isPostgres ? [`TEXT COLLATE "C"`, "BIGINT"] : ["TEXT", "INTEGER"];
    await runner.query('ALTER TABLE journal_follower DROP COLUMN "wanted"');
    await runner.query(`CREATE TABLE act_set_aside ("consumer" ${text} NOT NULL, "position" ${integer} NOT NULL,
      "error" ${text} NOT NULL, "at" ${integer} NOT NULL, PRIMARY KEY ("consumer", "position"))`);
    await runner.query(`DELETE FROM journal_follower WHERE "name" = 'decision_blocks'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE act_set_aside");
    await runner.query(
      `ALTER TABLE journal_follower ADD COLUMN "wanted" ${runner.connection.options.type === "postgres" ? "BIGINT" : "INTEGER"} NOT NULL DEFAULT 0`,
    );
  }
}
