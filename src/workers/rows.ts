import type { DecisionRow } from "../storage/decisionRow.ts";

/**
 * Rows on their way between processes: the texts of all in one list, row by row. The texts of a decision are made where
 * it is decided; the process that writes them only passes them on.
 */
export type SentRows = readonly (string | null)[];

const TEXTS = 5;

export function flattened(rows: readonly DecisionRow[]): SentRows {
  const texts: (string | null)[] = [];
  for (const { id, callerId, requestId, facets, record } of rows) texts.push(id, callerId, requestId, facets, record);
  return texts;
}

/** The rows, or null when this is none of them. */
export function rowsOf(sent: unknown): readonly DecisionRow[] | null {
  if (!Array.isArray(sent) || sent.length === 0 || sent.length % TEXTS !== 0) return null;
  const rows: DecisionRow[] = [];
  for (let at = 0; at < sent.length; at += TEXTS) {
    const [id, callerId, requestId, facets, record] = sent.slice(at, at + TEXTS) as readonly unknown[];
    const fits =
      typeof id === "string" &&
      (callerId === null || typeof callerId === "string") &&
      (requestId === null || typeof requestId === "string") &&
      typeof facets === "string" &&
      typeof record === "string";
    if (!fits) return null;
    rows.push({ id, callerId, requestId, facets, record });
  }
  return rows;
}
