import type { Backend } from "./backends.ts";

/** How a database would run a statement, `?` being a parameter, as it tells it. */
export async function planOf(
  { name, raw }: Backend,
  url: string,
  [sql, values]: readonly [string, readonly unknown[]],
): Promise<string> {
  let n = 0;
  const literal = sql.replaceAll("?", () => {
    const value = values[n++];
    return typeof value === "number" ? String(value) : `'${value}'`;
  });
  const how = name === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN";
  return JSON.stringify(await raw(url, `${how} ${literal}`));
}
