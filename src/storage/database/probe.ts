import { randomBytes } from "node:crypto";
import type { Clock } from "../../domain/kernel/ports.ts";
import type { RunSql } from "./connection.ts";
import { type Dialect, withParameters } from "./dialect.ts";

/** As much as a batch of decisions may need, and nothing that a database can shrink: ready means room for a batch. */
const PAYLOAD_BYTES = 64 * 1024;

/**
 * Writes one row, and resolves when it is committed: proves that a new connection can write, and that nobody keeps the
 * journal locked. Instances that share the database share the row.
 */
export async function probe({
  dialect,
  run,
  clock,
}: {
  readonly dialect: Dialect;
  readonly run: RunSql;
  readonly clock: Clock;
}): Promise<void> {
  await dialect.requireWritable(run);
  const { affected } = await run(
    withParameters(
      dialect,
      `INSERT INTO journal_probe ("id", "at", "payload") VALUES (1, ?, ?)
       ON CONFLICT ("id") DO UPDATE SET "at" = excluded."at", "payload" = excluded."payload"`,
    ),
    [clock(), randomBytes(PAYLOAD_BYTES / 2).toString("hex")],
  );
  if (affected !== 1) throw new Error("the probe row was not written");
}
