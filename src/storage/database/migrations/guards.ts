/** What a trigger refuses, as a condition under which it does, and in which words. */
export interface Guard {
  readonly name: string;
  readonly table: string;
  /** `INSERT`, `UPDATE` or `DELETE`. */
  readonly on: string;
  readonly when: string;
  readonly refusal: string;
}

/** A condition that holds where any of these columns changes. */
export const changesAny = (postgres: boolean, columns: readonly string[]): string =>
  columns.map((name) => `OLD."${name}" IS ${postgres ? "DISTINCT FROM" : "NOT"} NEW."${name}"`).join(" OR ");

/** SQLite's `WHEN` may not be empty, and may not be there without a condition. */
const sqliteGuard = ({ name, table, on, when, refusal }: Guard): readonly string[] => [
  `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}"${when === "" ? "" : ` WHEN ${when}`}
    BEGIN SELECT RAISE(ABORT, '${refusal}'); END`,
];
/** PostgreSQL's `WHEN` may not read another table, so the function looks. */
const postgresGuard = ({ name, table, on, when, refusal }: Guard): readonly string[] => [
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${when === "" ? "TRUE" : when} THEN
      RAISE EXCEPTION '${refusal}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN ${on === "DELETE" ? "OLD" : "NEW"}; END $$`,
  `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}" FOR EACH ROW EXECUTE FUNCTION ${name}()`,
];

/** What makes the triggers of these guards. */
export const guardStatements = (guards: readonly Guard[], postgres: boolean): readonly string[] =>
  guards.flatMap(postgres ? postgresGuard : sqliteGuard);

/** On PostgreSQL functions stay when their table goes. */
export const dropGuards = (guards: readonly Guard[]): readonly string[] =>
  guards.map(({ name }) => `DROP FUNCTION ${name}()`);
