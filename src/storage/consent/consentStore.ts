import type { DataSource } from "typeorm";
import { CONSENTS_OF_REQUEST, type ConsentFilter, type ConsentStore } from "../../domain/consent/store.ts";
import type { Consent, ConsentRef } from "../../domain/consent/types.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, type PreparedReads, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { addConsent } from "./addConsent.ts";
import { CLIENTS, CONSENTS, consentColumns, consentOf, consentText } from "./consentTables.ts";
import type { ConsentChange } from "./knownConsents.ts";
import { createNewestConsents, WHOLE_AT_ONCE } from "./newestConsents.ts";
import { createNewestOfPatients } from "./newestOfPatients.ts";

/** Versions of one statement. */
const PART = 250;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Consents can't be read or written.", error));

const refKey = ({ id, version }: ConsentRef): string => JSON.stringify([id, version]);

/** The place in the list that a key of a page stands for; null: it is none. */
function placeOf(key: string): readonly [at: number, id: string] | null {
  try {
    const parts: unknown = JSON.parse(key);
    if (!Array.isArray(parts) || parts.length !== 2) return null;
    const [at, id] = parts as readonly unknown[];
    if (Number.isSafeInteger(at) && typeof id === "string" && isStorable(id)) return [at as number, id];
  } catch {}
  return null;
}

/** Consents by version. Reads use the readers' connections, what is added the writer's. */
export function createConsentStore(deps: {
  readonly source: DataSource;
  /** For what each decision waits for. */
  readonly reads: Pick<PreparedReads, "rows">;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: (run: RunSql, callerId: string) => Promise<void>;
}): ConsentStore {
  const { source, reads, lists, writer, dialect, putOnRecord, requireCaller } = deps;
  const SELECT = `SELECT ${columnList(consentColumns)} FROM ${quoted(CONSENTS)}`;
  const ofPatients = `FROM ${quoted(CONSENTS)} WHERE ${dialect.amongTexts('"patient"', "?")} AND "until" IS NULL`;
  const CHANGES = `SELECT "position", "id", "version", "patient", NULL AS "text" FROM consent_change WHERE "position" >= ?`;
  // Whole ones as one text each, and names as one together: the driver takes longer for a row, and a column, than the database does.
  const WHOLE = `SELECT NULL, NULL, NULL, NULL, ${consentText(dialect)}
    FROM (SELECT ${columnList(consentColumns)} ${ofPatients} LIMIT ${WHOLE_AT_ONCE + 1}) of_others`;
  const REFS = `SELECT NULL, NULL, NULL, NULL, ${dialect.rowsAsJson(['"id"', '"version"'])}
    FROM (SELECT "id", "version" ${ofPatients} LIMIT ${CONSENTS_OF_REQUEST + 1}) by_name`;
  const NEWEST_OF = {
    none: withParameters(dialect, CHANGES),
    whole: withParameters(dialect, `${CHANGES} UNION ALL ${WHOLE}`),
    byName: withParameters(dialect, `${CHANGES} UNION ALL ${REFS}`),
  };
  const NEWEST = withParameters(dialect, `${SELECT} WHERE "id" = ? AND "until" IS NULL`);

  /** One statement, so that all is of one moment. */
  async function newestIn(which: keyof typeof NEWEST_OF, from: number, patients: readonly string[]) {
    const parameters = patients.length === 0 ? [from] : [from, dialect.texts(patients)];
    const changes: ConsentChange[] = [];
    const texts: string[] = [];
    for (const { id, patient, position, text, version } of await reads.rows(NEWEST_OF[which], parameters))
      if (position === null) texts.push(text === null ? "[]" : String(text));
      else
        changes.push({
          position: Number(position),
          id: String(id),
          version: Number(version),
          patient: String(patient),
        });
    if (changes.length > 1) changes.sort((a, b) => a.position - b.position);
    return { changes, texts };
  }

  const newestOf = createNewestOfPatients({
    read: createNewestConsents({
      whole: (from, patients) => newestIn(patients.length === 0 ? "none" : "whole", from, patients),
      async byName(from, patients) {
        const { changes, texts } = await newestIn("byName", from, patients);
        const names = texts.flatMap((text) => JSON.parse(text) as readonly (readonly [id: string, version: number])[]);
        return { changes, refs: names.map(([id, version]) => ({ id, version })) };
      },
      versions: versionsIn,
    }),
    rows: CONSENTS_OF_REQUEST,
    // SQLite has one connection for lookups, PostgreSQL several, on which others look up too.
    atOnce: dialect.file === null ? 2 : 1,
  });

  async function versionsIn(refs: readonly ConsentRef[]): Promise<readonly Consent[]> {
    const found: Consent[] = [];
    for (let at = 0; at < refs.length; at += PART) found.push(...(await versionsOf(refs.slice(at, at + PART))));
    return found;
  }

  async function versionsOf(refs: readonly ConsentRef[]): Promise<readonly Consent[]> {
    const marks = refs.map(() => "(?, CAST(? AS BIGINT))").join(", ");
    const sql = withParameters(dialect, `${SELECT} WHERE ("id", "version") IN (VALUES ${marks})`);
    const rows = await lists.query<RawRow[]>(
      sql,
      refs.flatMap(({ id, version }) => [id, version]),
    );
    return rows.map(consentOf);
  }

  function pageSql({ patient, clientId }: ConsentFilter, after: readonly [at: number, id: string] | null) {
    const from =
      clientId === undefined ? quoted(CONSENTS) : `${quoted(CLIENTS)} JOIN ${quoted(CONSENTS)} USING ("id", "version")`;
    // Of those that name a client, its own index has the order.
    const at = clientId === undefined ? "recorded_at" : "at";
    const conditions: (readonly [sql: string, ...values: unknown[]])[] = [['"until" IS NULL']];
    if (clientId !== undefined) conditions.push(['"client_id" = ?', clientId]);
    if (patient !== undefined) conditions.push(['"patient" = ?', patient]);
    if (after !== null) conditions.push([`(${quoted(at)}, "id") < (?, ?)`, ...after]);
    const where = conditions.map(([sql]) => sql).join(" AND ");
    const sql = `SELECT ${columnList(consentColumns)} FROM ${from} WHERE ${where} ORDER BY ${quoted(at)} DESC, "id" DESC LIMIT ?`;
    return { sql: withParameters(dialect, sql), values: conditions.flatMap(([, ...values]) => values) };
  }

  return {
    async ofPatients(patients, most) {
      const texts = [...new Set(patients)].filter(isStorable);
      if (texts.length === 0) return [];
      return newestOf(texts, most).catch(fail);
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const [row] = await answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(NEWEST, [id])).catch(fail);
      return row === undefined ? null : consentOf(row);
    },

    async versions(refs) {
      const found = new Map<string, Consent>();
      const asked = [...new Map(refs.map((ref) => [refKey(ref), ref])).values()].filter(
        ({ id, version }) => isStorable(id) && Number.isSafeInteger(version),
      );
      for (const consent of await versionsIn(asked).catch(fail)) found.set(refKey(consent), consent);
      return refs.map((ref) => found.get(refKey(ref)) ?? null);
    },

    add: (consent) =>
      writer.write((use) => addConsent({ ...use, dialect, putOnRecord, requireCaller }, consent)).catch(fail),

    async page({ filter, page: { first, after: key } }) {
      const after = key === null ? null : placeOf(key);
      const texts = [filter.patient, filter.clientId].filter((text) => text !== undefined);
      if ((key !== null && after === null) || !texts.every(isStorable)) return noPage();
      const { sql, values } = pageSql(filter, after);
      const rows = await lists.query<RawRow[]>(sql, [...values, first + 1]).catch(fail);
      const hasRoom = pageBudget();
      const full = rows.slice(0, first).findIndex((row) => !hasRoom(row));
      const taken = rows.slice(0, full < 0 ? first : full + 1);
      const items = taken.map((row) => {
        const node = consentOf(row);
        return { node, key: JSON.stringify([node.recordedAt, node.id]) };
      });
      return { items, hasNextPage: rows.length > taken.length };
    },
  };
}
