import type { DataSource } from "typeorm";
import { closeQuietly, openDataSource, runOn, type StatementCounter } from "./dataSource.ts";
import type { Dialect } from "./dialect.ts";

/** Connections that never write, and are told so. */
export async function openReaders(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<DataSource> {
  const source = await openDataSource({ ...options, purpose: "read" });
  const runner = source.createQueryRunner();
  try {
    await options.dialect.setUp("read", runOn(runner));
    return source;
  } catch (error) {
    await closeQuietly(source);
    throw error;
  } finally {
    await runner.release();
  }
}
