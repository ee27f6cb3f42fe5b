import type { EntityRef } from "../../domain/directory/entity.ts";
import type { KnownEntity } from "../../domain/monitoring/explanations/patientAccess.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { entityColumns, entityOfRow } from "../directory/directoryTables.ts";

interface Versions {
  readonly since: number;
  readonly until: number | null;
  readonly entity: KnownEntity;
}

/** What the directory had at one of its revisions, of those who were asked for. */
export interface DirectoryThen {
  entity(ref: EntityRef, revision: number): KnownEntity | null;
  /** Those whose `patientRecord` a patient is. */
  peopleOf(patient: string, revision: number): readonly KnownEntity[];
}

const PATIENT_RECORD: { readonly [Name in Dialect["name"]]: string } = {
  sqlite: `(e."properties"->>'patientRecord')`,
  postgres: `(((e."properties"::jsonb)->>'patientRecord') COLLATE "C")`,
};
const COLUMNS = [...entityColumns.map(({ name }) => `e."${name}"`), 'e."until"', 'r."committed_at"'].join(", ");
/** Those that were there at one of the revisions from one on up to another. */
const WITHIN = 'e."since" <= ? AND (e."until" IS NULL OR e."until" > ?)';
const REVISION = 'JOIN directory_revision AS r ON r."revision" = e."since"';

const keyOf = ({ id, type }: EntityRef): string => JSON.stringify([type, id]);

function versionOf(row: RawRow): Versions {
  const entity = { ...entityOfRow(row), since: Number(row.committed_at) };
  return { since: Number(row.since), until: row.until === null ? null : Number(row.until), entity };
}

const at = (versions: readonly Versions[] | undefined, revision: number): readonly KnownEntity[] =>
  (versions ?? []).flatMap(({ entity, since, until }) =>
    since <= revision && (until === null || until > revision) ? [entity] : [],
  );

/** Reads what the directory had from its revision `from` up to `to`; `ofPatients`: who they are as people, too. */
export async function directoryThen(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  of: {
    readonly refs: Iterable<EntityRef>;
    readonly ofPatients: Iterable<string>;
    readonly from: number;
    readonly to: number;
  },
): Promise<DirectoryThen> {
  const { rows, text } = jsonRows(dialect);
  const grouped = (key: (row: RawRow, version: Versions) => string, found: readonly RawRow[]) => {
    const byKey = new Map<string, Versions[]>();
    for (const row of found) {
      const version = versionOf(row);
      const known = byKey.get(key(row, version));
      if (known === undefined) byKey.set(key(row, version), [version]);
      else known.push(version);
    }
    return byKey;
  };
  const ask = async (sql: string, wanted: readonly unknown[]): Promise<readonly RawRow[]> =>
    wanted.length === 0 || of.to === 0
      ? []
      : (await run(withParameters(dialect, sql), [JSON.stringify(wanted), of.to, of.from])).rows;

  const refs = new Map([...of.refs].map((ref) => [keyOf(ref), [ref.type, ref.id]]));
  const known = grouped(
    (_, { entity }) => keyOf(entity),
    await ask(
      `SELECT ${COLUMNS} FROM ${rows} JOIN directory_entity AS e ON e."type" = ${text(0)} AND e."id" = ${text(1)} ${REVISION}
        WHERE ${WITHIN}`,
      [...refs.values()],
    ),
  );
  const record = PATIENT_RECORD[dialect.name];
  const people = grouped(
    (row) => String(row.patient_record),
    await ask(
      `SELECT ${COLUMNS}, ${record} AS "patient_record" FROM ${rows} JOIN directory_entity AS e ON ${record} = ${text(0)} ${REVISION}
        WHERE ${record} IS NOT NULL AND ${WITHIN} ORDER BY e."type", e."id", e."since"`,
      [...new Set(of.ofPatients)].map((patient) => [patient]),
    ),
  );
  return {
    entity: (ref, revision) => at(known.get(keyOf(ref)), revision)[0] ?? null,
    peopleOf: (patient, revision) => at(people.get(patient), revision),
  };
}
