import { callerName, keyIdOf } from "../../domain/callers/callerName.ts";
import type { CallerSubject } from "../../domain/callers/types.ts";
import type { PolicyName, Version } from "../../domain/monitoring/widened/policyThen.ts";
import { holderKey, type PolicyRows, rowKey } from "../../domain/policy/types.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { policyRow, policyTables } from "../policy/policyTables.ts";

export type Database = { readonly run: RunSql; readonly dialect: Dialect };
type Named = PolicyName["noun"];

/** By which column rows are found, and whether they have a time of their own. */
interface Part {
  readonly noun: Named;
  readonly column: "row_key" | "name" | "client_id" | "subject_id";
  readonly hasTime: boolean;
}
const PARTS = {
  rule: { noun: "rule", column: "row_key", hasTime: false },
  role: { noun: "role", column: "row_key", hasTime: false },
  scope: { noun: "scope", column: "name", hasTime: false },
  subject: { noun: "assignment", column: "subject_id", hasTime: true },
  client: { noun: "assignment", column: "client_id", hasTime: true },
  grant: { noun: "grant", column: "row_key", hasTime: true },
  grants: { noun: "grant", column: "client_id", hasTime: true },
} as const satisfies Readonly<Record<string, Part>>;
type PartName = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

/** What is looked for: a value of the column of a part. */
export interface Look {
  readonly part: PartName;
  readonly value: string;
}

export function lookOf(name: PolicyName): Look {
  if (name.noun === "assignment") {
    const { clientId, subjectId } = name.holder;
    return subjectId === null ? { part: "client", value: clientId ?? "" } : { part: "subject", value: subjectId };
  }
  if (name.noun === "grant") {
    const { clientId, scope } = name;
    return scope === null
      ? { part: "grants", value: clientId }
      : { part: "grant", value: rowKey.grant({ clientId, scope, validFrom: null, validUntil: null }) };
  }
  return { part: name.noun, value: name.name };
}
export const lookKey = ({ part, value }: Look): string => `${part} ${value}`;

/** The time from `from` on, in milliseconds since 1970, up to a revision. */
export interface PolicyWindow {
  readonly from: number;
  /** The last revision before it. */
  readonly before: number;
  readonly to: number;
}

/** Which of these names have rows that came, or began to hold, within the window: one statement. */
export async function youngOf({ run, dialect }: Database, { before, from, to }: PolicyWindow, looks: readonly Look[]) {
  const { rows, text } = jsonRows(dialect);
  const values = new Map<PartName, Set<string>>();
  for (const { part, value } of looks) values.set(part, (values.get(part) ?? new Set()).add(value));
  const parts = PART_NAMES.filter((part) => values.has(part));
  const select = (part: PartName): string => {
    const { column, hasTime, noun } = PARTS[part];
    const began = hasTime ? ' OR (x."valid_from" > ? AND (x."until" IS NULL OR x."until" > ?))' : "";
    return `SELECT DISTINCT '${part}' AS "part", ${text(0)} AS "value" FROM ${rows} JOIN policy_${noun} AS x ON x."${column}" = ${text(0)}
      WHERE x."since" <= ? AND (x."since" > ?${began})`;
  };
  const parameters = parts.flatMap((part) => [
    JSON.stringify([...(values.get(part) ?? [])].map((value) => [value])),
    ...[to, before],
    ...(PARTS[part].hasTime ? [from, before] : []),
  ]);
  const found = await run(withParameters(dialect, parts.map(select).join(" UNION ALL ")), parameters);
  return new Set(found.rows.map((row) => `${row.part} ${row.value}`));
}

export type PolicyRowsThen = { readonly [N in Named]: Map<string, Map<string, Version<PolicyRows[N]>>> };
const groupKey: { readonly [N in Named]: (row: PolicyRows[N]) => string } = {
  rule: ({ id }) => id,
  role: ({ name }) => name,
  scope: ({ name }) => name,
  assignment: holderKey,
  grant: ({ clientId }) => clientId,
};

export const noRows = (): PolicyRowsThen => ({
  rule: new Map(),
  role: new Map(),
  scope: new Map(),
  assignment: new Map(),
  grant: new Map(),
});

/** Adds all rows of these names that were there within the window, each once: a statement for each kind of name. */
export async function addRows(
  { run, dialect }: Database,
  of: { readonly window: PolicyWindow; readonly looks: readonly Look[]; readonly to: PolicyRowsThen },
): Promise<void> {
  const { before, to } = of.window;
  const { rows, text } = jsonRows(dialect);
  for (const part of PART_NAMES) {
    const values = of.looks.filter((look) => look.part === part).map(({ value }) => [value]);
    if (values.length === 0) continue;
    const { column, noun } = PARTS[part];
    const columns = policyTables[noun].columns.map(({ name }) => `x."${name}"`).join(", ");
    const sql = `SELECT x."row_key", x."since", x."until", ${columns} FROM ${rows} JOIN policy_${noun} AS x ON x."${column}" = ${text(0)}
      WHERE x."since" <= ? AND (x."until" IS NULL OR x."until" > ?)`;
    const found = await run(withParameters(dialect, sql), [JSON.stringify(values), to, before]);
    for (const raw of found.rows) keep(of.to, noun, raw);
  }
}

function keep<N extends Named>(found: PolicyRowsThen, noun: N, raw: RawRow): void {
  const row = policyRow(noun, raw);
  const version = { row, since: Number(raw.since), until: raw.until === null ? null : Number(raw.until) };
  const groups: Map<string, Map<string, Version<PolicyRows[N]>>> = found[noun];
  const group = groups.get(groupKey[noun](row)) ?? new Map<string, Version<PolicyRows[N]>>();
  // A grant is found by its client and by its own key.
  groups.set(groupKey[noun](row), group.set(`${version.since} ${raw.row_key}`, version));
}

/** When revisions were committed, and the people behind their authors. */
export async function revisionsOf({ run, dialect }: Database, revisions: ReadonlySet<number>) {
  const { integer, rows, text } = jsonRows(dialect);
  const ask = async (sql: string, values: readonly unknown[]): Promise<readonly RawRow[]> =>
    values.length === 0
      ? []
      : (await run(withParameters(dialect, sql), [JSON.stringify(values.map((value) => [value]))])).rows;
  const made = await ask(
    `SELECT r."revision", r."author", r."committed_at" FROM ${rows} JOIN policy_revision AS r ON r."revision" = ${integer(0)}`,
    [...revisions],
  );
  const keyIds = new Set(made.flatMap(({ author }) => keyIdOf(String(author)) ?? []));
  const keys = await ask(`SELECT k."id", k."name", k."subject" FROM ${rows} JOIN api_key AS k ON k."id" = ${text(0)}`, [
    ...keyIds,
  ]);
  const known = new Map(
    keys.map(({ id, name, subject }) => [
      String(id),
      { name: String(name), subject: subject === null ? null : JSON.parse(String(subject)) },
    ]),
  );
  return new Map(
    made.map(({ author, committed_at, revision }) => {
      const by: CallerSubject | null = callerName(
        String(author),
        known.get(keyIdOf(String(author)) ?? "") ?? null,
      ).subject;
      return [Number(revision), { at: Number(committed_at), by }] as const;
    }),
  );
}
