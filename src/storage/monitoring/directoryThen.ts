import type { EntityRef } from "../../domain/directory/entity.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import type { KnownEntity } from "../../domain/monitoring/explanations/patientAccess.ts";
import type { RawRow, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { entityColumns, entityOfRow } from "../directory/directoryTables.ts";
import { KnownAtRevision } from "./knownAtRevision.ts";

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

/** Neither has a NUL. */
const keyOf = ({ id, type }: EntityRef): string => `${type}\0${id}`;

function versionOf(row: RawRow): Versions {
  const entity = { ...entityOfRow(row), since: Number(row.committed_at) };
  return { since: Number(row.since), until: row.until === null ? null : Number(row.until), entity };
}

const isAt = ({ since, until }: Versions, revision: number): boolean =>
  since <= revision && (until === null || until > revision);

/** Entities that are remembered, each of 16 KB at most; and patients with who they are as people. */
const MOST = 5_000;

/** What is asked of the directory. */
interface Wanted {
  readonly refs: Iterable<EntityRef>;
  /** Who these are as people, too. */
  readonly ofPatients: Iterable<string>;
  readonly from: number;
  readonly to: number;
}
type ReadDirectory = (
  batch: { readonly select: SelectRows; readonly dialect: Dialect },
  wanted: Wanted,
) => Promise<DirectoryThen>;

const statementsOf = (dialect: Dialect) => {
  const { rows, text } = jsonRows(dialect);
  const record = PATIENT_RECORD[dialect.name];
  return {
    entities: withParameters(
      dialect,
      `SELECT ${COLUMNS} FROM ${rows} JOIN directory_entity AS e ON e."type" = ${text(0)} AND e."id" = ${text(1)} ${REVISION}
        WHERE ${WITHIN}`,
    ),
    people: withParameters(
      dialect,
      `SELECT ${COLUMNS}, ${record} AS "patient_record" FROM ${rows} JOIN directory_entity AS e ON ${record} = ${text(0)} ${REVISION}
        WHERE ${record} IS NOT NULL AND ${WITHIN} ORDER BY e."type", e."id", e."since"`,
    ),
  };
};

/** Reads what the directory had from its revision `from` up to `to`; what stood at one revision it need not be asked for twice. */
export function createDirectoryThen(): ReadDirectory {
  const entities = new KnownAtRevision<readonly Versions[]>(MOST);
  const people = new KnownAtRevision<readonly Versions[]>(MOST);
  return async ({ dialect, select }, { from, ofPatients, refs, to }) => {
    const sql = statementsOf(dialect);
    const ask = async (statement: string, wanted: readonly unknown[], keyOfRow: (row: RawRow) => string) => {
      const found = to === 0 ? [] : await select(statement, [JSON.stringify(wanted), to, from]);
      const byKey = groupBy(found, keyOfRow);
      return (key: string): readonly Versions[] => (byKey.get(key) ?? []).map(versionOf);
    };
    const known = await entities.of(new Set([...refs].map(keyOf)), { from, to }, (missing) =>
      ask(
        sql.entities,
        missing.map((key) => key.split("\0")),
        (row) => keyOf({ type: String(row.type), id: String(row.id) }),
      ),
    );
    const asPeople = await people.of(new Set(ofPatients), { from, to }, (missing) =>
      ask(
        sql.people,
        missing.map((patient) => [patient]),
        (row) => String(row.patient_record),
      ),
    );
    return {
      entity: (ref, revision) => known(keyOf(ref))?.find((version) => isAt(version, revision))?.entity ?? null,
      peopleOf: (patient, revision) =>
        (asPeople(patient) ?? []).filter((version) => isAt(version, revision)).map(({ entity }) => entity),
    };
  };
}
