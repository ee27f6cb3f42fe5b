import type { Room } from "./columnTypes.ts";

/** What a trigger refuses, as a condition under which it does, and in which words. */
export interface Guard {
  readonly name: string;
  readonly table: string;
  /** `TRUNCATE`: PostgreSQL alone can empty a table without looking at a row. */
  readonly on: "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";
  /** Absent: always. */
  readonly when?: string;
  readonly refusal: string;
}

/** A condition that holds where any of these columns changes. */
export const changesAny = (postgres: boolean, columns: readonly string[]): string =>
  columns.map((name) => `OLD."${name}" IS ${postgres ? "DISTINCT FROM" : "NOT"} NEW."${name}"`).join(" OR ");

const RAISE = "USING ERRCODE = 'insufficient_privilege'";

/** PostgreSQL's triggers call functions: this one refuses whatever it is asked, in the words that it is given. */
export const refuse: Room = ({ postgres }) =>
  postgres
    ? [
        `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] ${RAISE}; END $$`,
      ]
    : [];

const sqliteGuard = ({ name, table, on, when, refusal }: Guard): readonly string[] =>
  on === "TRUNCATE"
    ? []
    : [
        `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}"${when === undefined ? "" : ` WHEN ${when}`}
          BEGIN SELECT RAISE(ABORT, '${refusal}'); END`,
      ];

/** PostgreSQL's `WHEN` may not read another table, so a function of its own looks. */
const postgresGuard = ({ name, table, on, when, refusal }: Guard): readonly string[] => {
  const trigger = `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}" FOR EACH ${on === "TRUNCATE" ? "STATEMENT" : "ROW"} EXECUTE FUNCTION`;
  if (when === undefined) return [`${trigger} refuse('${refusal}')`];
  return [
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF ${when} THEN RAISE EXCEPTION '${refusal}' ${RAISE}; END IF;
        RETURN ${on === "DELETE" ? "OLD" : "NEW"}; END $$`,
    `${trigger} ${name}()`,
  ];
};

/** What makes the triggers of these guards, also of a table that is made anew: its functions are there still. */
export const guardStatements = (guards: readonly Guard[], postgres: boolean): readonly string[] =>
  guards.flatMap(postgres ? postgresGuard : sqliteGuard);
