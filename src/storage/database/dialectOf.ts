import type { Dialect } from "./dialect.ts";
import { postgresDialect } from "./postgres.ts";
import { sqliteDialect } from "./sqlite.ts";

/**
 * The database that an address names: `sqlite:<path>` (relative to the working directory, or absolute) or
 * `postgres://...`.
 * @throws Error without the address, which may hold a password.
 */
export function dialectOf(url: string): Dialect {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresDialect(url);
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/s.exec(url)?.[1];
  if (path === undefined)
    throw new Error("The database's address must be sqlite:<path> or postgres://<user>@<host>/<database>.");
  if (path.startsWith(":memory:"))
    throw new Error("The database must be a file: decisions in memory would not survive a restart.");
  return sqliteDialect(path);
}
