import { createHash } from "node:crypto";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import type { WatchedEmergency } from "../../domain/monitoring/watchedDecision.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";

/** The first emergency that a decision rests on. */
function emergencyOf({ outcome, reasons }: DecisionRecord): string | null {
  if (outcome !== "ALLOW") return null;
  for (const reason of reasons) if (reason.code === "BREAK_GLASS") return reason.parameters.id;
  return null;
}

/** Reasons that differ in nothing but letter case, spaces and punctuation are the same. What was said can't be read from it. */
function codeOfReason(text: string): string {
  const said = (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(" ");
  return createHash("sha256").update(said).digest("base64url").slice(0, 16);
}

const personKey = (type: unknown, id: unknown): string => `${type}/${id}`;

/**
 * The emergencies that decisions rest on, and how many reviews of the same person were overdue, as of each decision. Two statements,
 * where any rests on one.
 */
export async function emergenciesThen(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  records: readonly DecisionRecord[],
): Promise<(record: DecisionRecord) => WatchedEmergency | null> {
  const used = records.filter((record) => emergencyOf(record) !== null);
  if (used.length === 0) return () => null;
  const { rows, text } = jsonRows(dialect);
  const ids = [...new Set(used.map(emergencyOf))].map((id) => [id]);
  const opened = await run(
    withParameters(
      dialect,
      `SELECT x."id", x."body" FROM ${rows} JOIN case_file AS x ON x."id" = ${text(0)} AND x."kind" = 'BREAK_GLASS'`,
    ),
    [JSON.stringify(ids)],
  );
  const codes = new Map(opened.rows.map(({ body, id }) => [String(id), codeOfReason(JSON.parse(String(body)).reason)]));
  const people = new Map(
    used.flatMap(({ request: { subject } }) =>
      subject === null ? [] : [[personKey(subject.type, subject.id), [subject.id, subject.type]] as const],
    ),
  );
  const times = used.map(({ decidedAt }) => decidedAt);
  const late = await run(
    withParameters(
      dialect,
      `SELECT x."subject_type", x."subject_id", x."due_at", x."decided_at"
        FROM ${rows} JOIN case_file AS x ON x."kind" = 'BREAK_GLASS' AND x."subject_id" = ${text(0)} AND x."subject_type" = ${text(1)}
        WHERE x."due_at" <= ? AND (x."decided_at" IS NULL OR x."decided_at" > ?)`,
    ),
    [JSON.stringify([...people.values()]), Math.max(...times), Math.min(...times)],
  );
  return (record) => {
    const id = emergencyOf(record);
    const { subject } = record.request;
    if (id === null || subject === null) return null;
    const { decidedAt: at } = record;
    const overdue = late.rows.filter(
      (row) =>
        personKey(row.subject_type, row.subject_id) === personKey(subject.type, subject.id) &&
        Number(row.due_at) <= at &&
        (row.decided_at === null || Number(row.decided_at) > at),
    );
    return { id, reason: codes.get(id) ?? null, overdueReviews: overdue.length };
  };
}
