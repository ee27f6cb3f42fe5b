import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RunSql } from "./connection.ts";
import type { Dialect } from "./dialect.ts";
import { isLocked, isUniqueViolation } from "./faults.ts";

interface On {
  readonly run: RunSql;
  readonly dialect: Dialect;
  readonly conflict: string;
}

/**
 * Runs `work` in one transaction and commits it. A domain error rolls back and leaves the connection clean, and so
 * does a row that is there already, which becomes CONFLICT with the text of `conflict`. Any other error comes out as
 * it is, with no word on whether the transaction ended: that connection must not be used again.
 *
 * TypeORM's own transactions are not used: they keep a flag that can differ from what the database knows.
 */
export async function inTransaction<T>(on: On, work: () => Promise<T>): Promise<T> {
  await on.run(on.dialect.begin);
  return inBegun(on, work);
}

/** The same; null where another process keeps the file: nothing was begun, and the connection is as it was. */
export async function inTransactionUnlessLocked<T>(on: On, work: () => Promise<T>): Promise<T | null> {
  try {
    await on.run(on.dialect.begin);
  } catch (error) {
    if (isLocked(error)) return null;
    throw error;
  }
  return inBegun(on, work);
}

async function inBegun<T>({ conflict, run }: On, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const expected = error instanceof ScopewardenError || isUniqueViolation(error);
    if (!expected) throw error;
    await run("ROLLBACK");
    throw error instanceof ScopewardenError ? error : new ScopewardenError("CONFLICT", conflict);
  }
  await run("COMMIT");
  return result;
}
