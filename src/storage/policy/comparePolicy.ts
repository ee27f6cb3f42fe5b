import type { PolicyRevisionAct, RowDigest } from "../../domain/policy/store.ts";
import { NOUNS } from "../../domain/policy/types.ts";
import { quoted } from "../database/columns.ts";
import type { Dialect } from "../database/dialect.ts";
import { isOfValue } from "../database/faults.ts";
import { type ReadThen, readingThen } from "../journal/derived/atOneMoment.ts";
import { compareHistory, type HistoryComparison } from "../journal/derived/compareHistory.ts";
import { type ChangesDigest, changesDigest } from "./changesHash.ts";
import { changesOf } from "./policyProblem.ts";
import { policyTables, ROW_KEY, revisionColumns } from "./policyTables.ts";

const NAMED = 10;
const nameOf = ({ key, noun }: Pick<RowDigest, "key" | "noun">): string => `${noun} ${key}`;

/** Of rows of which nobody knows which one differs. */
const oneOf = (names: readonly string[]): string =>
  names.length === 0
    ? "its rows are missing"
    : `a row of it is not what was put on record, or is missing; it has ${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ""}`;

/** Which rows differ from those of the act, each by its name. */
function differing(rows: readonly RowDigest[], onRecord: readonly RowDigest[] | undefined): readonly string[] {
  if (onRecord === undefined) return [oneOf(rows.map(nameOf))];
  const wanted = new Map(onRecord.map((row) => [nameOf(row), row.sha256]));
  const found: string[] = [];
  for (const row of rows) {
    const name = nameOf(row);
    if (!wanted.has(name)) found.push(`${name} is not on record`);
    else if (wanted.get(name) !== row.sha256) found.push(`${name} is not what was put on record`);
    wanted.delete(name);
  }
  const missing = [...wanted.keys()].map((name) => `${name} is missing`);
  return found.length + missing.length === 0 ? ["its rows are not what was put on record"] : [...found, ...missing];
}

/** Whether the rows of the policy, which decide, are what the acts of its revisions say. */
export function comparePolicy(read: ReadThen, dialect: Dialect): Promise<HistoryComparison> {
  const reading = readingThen(read, dialect);
  return compareHistory(read, {
    history: "policy",
    kind: "POLICY_REVISION",
    prefix: "policy:",
    table: "policy_revision",
    columns: revisionColumns,
    memberOf: { changeCount: "changes" },
    async changed(revision) {
      let digest: ChangesDigest;
      let names: readonly RowDigest[];
      try {
        const changes = await changesOf(reading, revision);
        digest = await changesDigest(changes);
        names = digest.rows ?? changes.map(({ key, noun }) => ({ noun, key, sha256: "" }));
      } catch (error) {
        if (isOfValue(error)) return null;
        throw error;
      }
      return { sha256: digest.sha256, differing: (act) => differing(names, (act as PolicyRevisionAct | null)?.rows) };
    },
    async strays(last) {
      const [unfinished] = await read('SELECT "revision" FROM policy_unfinished WHERE "revision" IS NOT NULL');
      const next = unfinished === undefined ? null : Number(unfinished.revision);
      const end = next === last + 1 ? next : last;
      const found =
        next === null || next === last + 1 ? [] : [`policy_unfinished says that revision ${next} is being written`];
      for (const noun of NOUNS) {
        const stray = `SELECT ${quoted(ROW_KEY.name)} FROM ${quoted(policyTables[noun].name)} WHERE "since" < 1 OR "since" > ? OR "until" > ? LIMIT ${NAMED}`;
        for (const row of await read(stray, [end, end]))
          found.push(`${noun} ${row[ROW_KEY.name]} begins or ends with no revision`);
      }
      return found;
    },
  });
}
