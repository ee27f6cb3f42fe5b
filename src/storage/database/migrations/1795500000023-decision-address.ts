import type { MigrationInterface, QueryRunner } from "typeorm";
import { addressKey } from "../../../domain/kernel/ipAddress.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Addresses of one statement. */
const PART = 500;

/**
 * The addresses from which decisions were asked for, each once, with a key by whose order networks are ranges; of a text that is no
 * address it is empty. Those of decisions that are indexed already are added at once.
 */
export class DecisionAddress1795500000023 implements MigrationInterface {
  readonly name = "DecisionAddress1795500000023";

  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "decision_address" ("ip_address" ${text} NOT NULL PRIMARY KEY, "address_key" ${text} NOT NULL)`,
      'CREATE INDEX "decision_address_key" ON "decision_address" ("address_key", "ip_address")',
    ]);
    const known: readonly { readonly ip_address: string }[] = await runner.query(
      'SELECT DISTINCT "ip_address" FROM "decision_index" WHERE "ip_address" IS NOT NULL',
    );
    const place = isPostgres(runner) ? (i: number) => `($${2 * i + 1}, $${2 * i + 2})` : () => "(?, ?)";
    for (let at = 0; at < known.length; at += PART) {
      const part = known.slice(at, at + PART).map(({ ip_address: ip }) => [ip, addressKey(ip) ?? ""]);
      const sql = `INSERT INTO "decision_address" ("ip_address", "address_key") VALUES ${part.map((_, i) => place(i)).join(", ")}`;
      await runner.query(sql, part.flat());
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP TABLE "decision_address"']);
  }
}
