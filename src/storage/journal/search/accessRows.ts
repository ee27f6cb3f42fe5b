import type { Breathe } from "../../../domain/kernel/ports.ts";
import { fromRow } from "../../database/columns.ts";
import { INDEX_COLUMNS, indexColumns, SEQ } from "../journalTables.ts";
import { recordsAt } from "../recordsAt.ts";
import { type IndexedDecision, indexedDecision } from "./indexedDecision.ts";
import { type SearchIndex, type Window, withAside } from "./searchIndex.ts";

/** A decision as its narrow row has it. */
export interface NarrowRow
  extends Pick<
    IndexedDecision,
    | "seq"
    | "decidedAt"
    | "kind"
    | "clientId"
    | "subjectId"
    | "subjectType"
    | "patient"
    | "resourceType"
    | "purposeOfUse"
    | "outcome"
    | "scope"
    | "moreScopes"
    | "reasonCodes"
    | "erased"
  > {
  /** How many there are; null: erased. */
  readonly patients: number | null;
}

const columns = [SEQ, ...Object.values(indexColumns)];

const narrow = ({ patients, ...decision }: IndexedDecision): NarrowRow => ({ ...decision, patients: patients.length });

/**
 * The narrow rows of decisions under tokens, in parts, the newest first; what is not in the index yet is read from the journal, where `unindexed`
 * is not false. A row of which `tells` says that it does not tell by itself is judged by its record, as every record of the journal that has `text` is, by `isWanted`.
 */
export async function* narrowRows(
  { giveWay, index }: { readonly index: SearchIndex; readonly giveWay: Breathe },
  {
    before,
    isWanted,
    tells,
    text,
    tokens,
    unindexed = true,
    window,
  }: {
    readonly tokens: (secret: string) => readonly string[];
    readonly window: Window;
    readonly before: number | null;
    readonly tells: (row: NarrowRow) => boolean;
    readonly isWanted: (decision: IndexedDecision) => boolean;
    readonly unindexed?: boolean;
    /** In each record that is wanted, as `inJson` has it; null: there is none. */
    readonly text: string | null;
  },
): AsyncGenerator<readonly NarrowRow[]> {
  const { aside, end, indexed, months, secret } = await index.state(before);
  const inWindow = ({ decidedAt }: { readonly decidedAt: number }): boolean =>
    (window.from === undefined || decidedAt >= window.from) && (window.to === undefined || decidedAt < window.to);
  const judged = (decision: IndexedDecision): readonly NarrowRow[] =>
    inWindow(decision) && isWanted(decision) ? [narrow(decision)] : [];
  if (unindexed)
    for await (const { records } of index.unindexed({ after: indexed, until: end }, text))
      yield records.flatMap(({ position, record }) => judged(indexedDecision(record, position)));
  const parts = index.withAll(tokens(secret), { months, spans: await index.spans(window, indexed) });
  for await (const { positions } of withAside(parts, aside)) {
    if (positions.length === 0) continue;
    const marks = positions.map(() => "?").join(", ");
    const found = await index.rows(
      `SELECT ${INDEX_COLUMNS} FROM decision_index WHERE "seq" IN (${marks}) ORDER BY "seq" DESC`,
      positions,
    );
    const rows: NarrowRow[] = [];
    // Of which the record is asked.
    const asked = positions.filter((position) => aside.includes(position));
    for (const row of found) {
      const known = fromRow(columns, row) as unknown as NarrowRow;
      if (!inWindow(known)) continue;
      if (tells(known)) rows.push(known);
      else asked.push(known.seq);
    }
    for await (const { position, record } of recordsAt(asked, { ...index, giveWay }))
      rows.push(...judged(indexedDecision(record, position)));
    yield asked.length === 0 ? rows : rows.sort((a, b) => b.seq - a.seq);
  }
}
