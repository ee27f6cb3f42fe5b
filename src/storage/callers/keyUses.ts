import type { ApiKeyStore, FailedUses } from "../../domain/callers/types.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { keyAct, readKey } from "./apiKeyRows.ts";

const CONFLICT = "This use of a key stands on record already.";
/** Keys of one transaction: the writer has others to serve. */
const KEYS_AT_ONCE = 200;

function parts<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / KEYS_AT_ONCE);
  return Array.from({ length: count }, (_, i) => items.slice(i * KEYS_AT_ONCE, (i + 1) * KEYS_AT_ONCE));
}

/** What is noted of keys behind the answers: when they were last used, and that they were used in vain. */
export function createKeyUses(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): Pick<ApiKeyStore, "noteUses" | "recordFailures"> {
  const { writer, dialect, putOnRecord } = deps;
  const note = withParameters(
    dialect,
    'UPDATE api_key SET "last_used_at" = ? WHERE "id" = ? AND ("last_used_at" IS NULL OR "last_used_at" < ?)',
  );
  const isRecorded = withParameters(dialect, 'SELECT 1 FROM journal WHERE "id" = ?');

  async function record(run: RunSql, failed: readonly FailedUses[]): Promise<void> {
    const acts = [];
    for (const { id, keyId, at, failures } of failed) {
      const key = await readKey({ run, dialect }, keyId);
      if (key === null) continue;
      const act = keyAct(key, { event: "FAILED", at, author: null, reason: null, failures }, id);
      if ((await run(isRecorded, [act.id])).rows.length === 0) acts.push(act);
    }
    for (const act of acts) await putOnRecord(run, act);
  }

  return {
    async noteUses(lastUsedAt) {
      // In one order on every instance, so that none waits for another that waits for it.
      const uses = [...lastUsedAt].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const part of parts(uses))
        await writer
          .tryOnce(({ run }) =>
            inTransaction({ run, dialect, conflict: CONFLICT }, async () => {
              for (const [id, at] of part) await run(note, [at, id, at]);
            }),
          )
          .catch((error) =>
            Promise.reject(asUnavailable("AUTHENTICATION_UNAVAILABLE", "API keys can't be written.", error)),
          );
    },

    async recordFailures(failed) {
      for (const part of parts(failed))
        await writer
          .write(({ run }) => inTransaction({ run, dialect, conflict: CONFLICT }, () => record(run, part)))
          .catch((error) =>
            Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal could not be written.", error)),
          );
    },
  };
}
