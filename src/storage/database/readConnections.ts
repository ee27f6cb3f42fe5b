import type { DataSource } from "typeorm";
import { closeQuietly, type OpenOptions, openDataSource, runOn } from "./dataSource.ts";

/** Connections that never write, and are told so. */
export async function openReadConnections(options: Omit<OpenOptions, "purpose">): Promise<DataSource> {
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
