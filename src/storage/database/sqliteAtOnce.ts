import type sqlite3 from "sqlite3";
import type { ChangeAtOnce, ConditionalWrites, Statement } from "./connection.ts";
import { codeOf, describe } from "./faults.ts";

const UNMET = "a condition of a transaction is not met";

/** What writes by a trigger: a view with it, the statement that fires it, and how many parameters each of the texts takes. */
interface Firing {
  readonly create: string;
  readonly fire: string;
  readonly parameters: readonly number[];
}

function firingOf(name: string, { conditions, statements }: ConditionalWrites): Firing {
  const parameters: number[] = [];
  const columns: string[] = [];
  /** Inside a trigger parameters are the columns of the row that fires it. */
  const bound = ([text]: Statement): string => {
    const first = columns.length;
    const sql = text.replaceAll("?", () => `NEW.${columns[columns.push(`"p${columns.length}"`) - 1]}`);
    parameters.push(columns.length - first);
    return sql;
  };
  const body = [
    ...conditions.map((each) => `SELECT RAISE(ABORT, '${UNMET}') WHERE NOT COALESCE((${bound(each)}), FALSE)`),
    ...statements.map(bound),
  ];
  return {
    create: `CREATE TEMP VIEW ${name}(${columns.join(", ")}) AS SELECT ${columns.map(() => "NULL").join(", ")};
      CREATE TEMP TRIGGER ${name}_fired INSTEAD OF INSERT ON ${name} BEGIN ${body.join(";\n")}; END`,
    fire: `INSERT INTO ${name} VALUES (${columns.map(() => "?").join(", ")})`,
    parameters,
  };
}

/**
 * Has SQLite run a transaction by itself: it is the body of a trigger of this connection alone, and the statement that fires that is
 * prepared. So the loop has one turn of it and not one a statement, each of which waits, with the database locked, for whatever else the
 * loop does. What was made for some statements is kept for as long as the connection: their texts should be few.
 */
export function changeAtOnce({
  database,
  statement,
}: {
  readonly database: sqlite3.Database;
  /** Prepares a statement, once. */
  readonly statement: (sql: string) => Promise<sqlite3.Statement>;
}): ChangeAtOnce {
  const firings = new Map<string, Promise<Firing>>();
  let count = 0;
  const exec = (sql: string): Promise<void> =>
    new Promise((resolve, reject) => {
      database.exec(sql, (error) => (error === null ? resolve() : reject(error)));
    });
  function firing(writes: ConditionalWrites): Promise<Firing> {
    const { conditions, statements } = writes;
    const texts = JSON.stringify([conditions, statements].map((each) => each.map(([sql]) => sql)));
    const known = firings.get(texts);
    if (known !== undefined) return known;
    const made = firingOf(`at_once_${count++}`, writes);
    const created = exec(made.create).then(() => made);
    firings.set(texts, created);
    created.catch(() => firings.delete(texts));
    return created;
  }
  return async (writes) => {
    const { fire, parameters } = await firing(writes);
    const given = [...writes.conditions, ...writes.statements].map(([, values]) => values);
    // One that has too few would take those of the next.
    if (given.some((values, i) => values.length !== parameters[i])) throw new Error("a statement has other parameters");
    const prepared = await statement(fire);
    return new Promise((resolve, reject) => {
      prepared.run(given.flat(), (error) => {
        if (error === null) resolve(true);
        else if (codeOf(error) === "SQLITE_CONSTRAINT" && describe(error).includes(UNMET)) resolve(false);
        else reject(error);
      });
    });
  };
}
