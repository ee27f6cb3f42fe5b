import type { QueryRunner } from "typeorm";
import type { RawRow, RunSql } from "./connection.ts";
import { BY_THE_CLOCK, type Dialect, LOCK_WAIT_MS, type PreparedStatements, type Purpose } from "./dialect.ts";
import { notify, postgresHints } from "./postgresHints.ts";

/** Of what lists and loads of the policy ask. */
const READ_TIMEOUT_MS = 30_000;
/** Of what is written: whoever waits for it has an answer within three seconds. */
const WRITE_TIMEOUT_MS = 1_750;
const IDLE_TIMEOUT_MS = 15_000;
/** Of what follows, on whichever machine: one that is stopped in a transaction may keep all from writing, and decisions wait no longer than `LOCK_WAIT_MS`. */
const FOLLOW_IDLE_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A server that has gone without a word can't tell of its own time-outs: this much later it is given up. */
const SILENCE_MS = 250;
/** Of each of the two kinds of readers: lookups and lists. */
const READERS = 4;
/** Locks that all instances of one database share: arbitrary numbers of our own. */
const SCHEMA_LOCK = 7_302_116;
export const JOURNAL_LOCK = 7_302_117;
/** The turn and the lock that an append takes, in one question and without a row. */
const REQUIRE_WRITABLE = `DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(${JOURNAL_LOCK});
  LOCK TABLE journal IN ROW EXCLUSIVE MODE;
END $$`;

/** The part of a \`pg\` client that is used past TypeORM. */
interface Client {
  query(statement: {
    readonly name?: string;
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<{ readonly rowCount: number | null; readonly rows: readonly RawRow[] }>;
  on(event: "error", listener: () => void): unknown;
}

function preparing(runner: QueryRunner): PreparedStatements {
  const names = new Map<string, string>();
  return {
    async change(text, values) {
      const client = (await runner.connect()) as Client;
      const name = names.get(text) ?? `s${names.size}`;
      names.set(text, name);
      const { rows, rowCount } = await client.query({ name, text, values });
      return { rows, affected: rowCount ?? 0, lastRowId: 0 };
    },
    // One that is planned each time never keeps to a plan of when the table was empty.
    async select(text, values) {
      const client = (await runner.connect()) as Client;
      return (await client.query({ text, values })).rows;
    },
    // They end with the session.
    async release() {},
  };
}

async function setting(run: RunSql, name: string): Promise<string> {
  const { rows } = await run("SELECT current_setting($1) AS value", [name]);
  return String(rows[0]?.value);
}

/**
 * All values of synchronous_commit but `off` flush to the primary's disk before a commit is answered; they differ
 * in what they ask of standbys, which is the operator's choice.
 */
export async function requirePostgresDurable(run: RunSql): Promise<void> {
  const commit = await setting(run, "synchronous_commit");
  if (commit === "off")
    throw new Error("PostgreSQL's synchronous_commit is off and must not be: decisions would not survive a crash");
  for (const name of ["fsync", "full_page_writes"]) {
    const value = await setting(run, name);
    if (value !== "on")
      throw new Error(`PostgreSQL's ${name} is "${value}" and must be "on": decisions would not survive a crash`);
  }
  const encoding = await setting(run, "server_encoding");
  if (encoding !== "UTF8") throw new Error(`PostgreSQL's database encoding is "${encoding}" and must be "UTF8"`);
  // A later change of the default, by a reload, does not reach a session that has set it.
  await run("SELECT set_config('synchronous_commit', $1, false)", [commit]);
}

/**
 * Between the pool and TypeORM nobody hears of the end of a session, and an error that nobody hears ends the process. Whoever asks on it is
 * refused without this, too.
 */
const heedErrors = (client: Client): void => void client.on("error", () => undefined);

const limits = (purpose: Purpose): Record<string, unknown> => {
  const shared = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true, onConnect: heedErrors };
  // It waits for other instances that make the schema, or restore a backup, which may take long.
  if (purpose === "schema") return { ...shared, max: 1 };
  const timeout = purpose === "write" ? WRITE_TIMEOUT_MS : READ_TIMEOUT_MS;
  return {
    ...shared,
    max: purpose === "read" ? READERS : 1,
    statement_timeout: timeout,
    lock_timeout: LOCK_WAIT_MS,
    idle_in_transaction_session_timeout: purpose === "follow" ? FOLLOW_IDLE_TIMEOUT_MS : IDLE_TIMEOUT_MS,
    query_timeout: timeout + SILENCE_MS,
  };
};

/** The address without its session options, and these: those that storage adds must not replace the operator's. */
function withoutOptions(url: string): { readonly url: string; readonly options: string } {
  if (!url.includes("options=")) return { url, options: "" };
  const address = new URL(url);
  const options = address.searchParams.get("options") ?? "";
  address.searchParams.delete("options");
  return { url: address.href, options };
}

/** A PostgreSQL database, which several instances may share. Not through a pooler that shares sessions. */
export function postgresDialect(address: string): Dialect {
  const { url, options } = withoutOptions(address);
  return {
    name: "postgres",
    begin: "BEGIN",
    copyLog: null,
    maxParameters: 65_535,
    file: null,
    connectionOptions: (purpose) => ({
      type: "postgres",
      url,
      applicationName: `scopewarden ${purpose}`,
      installExtensions: false,
      extra: {
        ...limits(purpose),
        options: purpose === "read" ? `${options} -c default_transaction_read_only=on` : options,
      },
    }),
    async prepare() {},
    async setUp() {},
    requireDurable: requirePostgresDurable,
    async requireWritable(run) {
      await run(`${REQUIRE_WRITABLE} ${BY_THE_CLOCK}`);
    },
    async lockSchema(run) {
      await run(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`);
    },
    tableNames: `SELECT relname AS "name" FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY oid`,
    parameter: (n) => `$${n}`,
    amongTexts: (expression, parameter) => `${expression} = ANY(${parameter})`,
    texts: (values) => values,
    contains: (expression, parameter) => `strpos(${expression}, ${parameter}) > 0`,
    // Before a table is analyzed, each statement may sort all rows that are left: few statements, of texts not too long.
    rowsOfLoad: 10_000,
    rowAsJson: (expressions) => `json_build_array(${expressions.join(", ")})::TEXT`,
    rowsAsJson: (expressions) => `json_agg(json_build_array(${expressions.join(", ")}))::TEXT`,
    preparing,
    // Not prepared either, as above.
    preparingReads: (source) => ({
      rows: (sql, parameters) => source.query<RawRow[]>(sql, [...parameters]),
      release: async () => {},
    }),
    notify,
    hints: (log) =>
      postgresHints({ connectionString: url, options, application_name: "scopewarden listen", keepAlive: true }, log),
  };
}
