import { callerName, keyIdOf } from "../../domain/callers/callerName.ts";
import { isInForce } from "../../domain/callers/keyRoles.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Clock } from "../../domain/kernel/ports.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";

/**
 * Looks once more, in the transaction of what a caller does, whether the key behind it is in force; on PostgreSQL it stays so until
 * the commit: who would revoke it waits. Of a token, that the tokens of its account are not revoked.
 * @throws ScopewardenError UNAUTHENTICATED
 */
export type RequireCaller = (run: RunSql, callerId: string) => Promise<void>;

export function createRequireCaller(deps: { readonly dialect: Dialect; readonly clock: Clock }): RequireCaller {
  const { dialect, clock } = deps;
  const held = dialect.name === "postgres" ? " FOR SHARE" : "";
  const sql = withParameters(dialect, `SELECT "expires_at", "revoked_at" FROM api_key WHERE "id" = ?${held}`);
  const said = (name: string): string =>
    dialect.name === "postgres" ? `("body"::jsonb->>'${name}')` : `("body"->>'${name}')`;
  const revoked = withParameters(
    dialect,
    `SELECT 1 FROM case_file WHERE "kind" = 'TOKEN_REVOCATION' AND NOT "is_over" AND ("ends_at" IS NULL OR "ends_at" > ?)
      AND ${said("issuer")} = ? AND ${said("person")} = ? LIMIT 1`,
  );
  const timeOf = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
  return async (run, callerId) => {
    const id = keyIdOf(callerId);
    if (id === null) {
      const { subject } = callerName(callerId, null);
      if (subject !== null && (await run(revoked, [clock(), subject.issuer, subject.id])).rows.length > 0)
        throw new ScopewardenError("UNAUTHENTICATED", "The access token was revoked by now; nothing was changed.");
      return;
    }
    const [row] = (await run(sql, [id])).rows;
    const key = row && { expiresAt: timeOf(row.expires_at), revokedAt: timeOf(row.revoked_at) };
    if (key !== undefined && isInForce(key, clock())) return;
    const why = key === undefined ? "is not there" : key.revokedAt === null ? "has expired" : "was revoked";
    throw new ScopewardenError("UNAUTHENTICATED", `The API key ${why} by now; nothing was changed.`);
  };
}
