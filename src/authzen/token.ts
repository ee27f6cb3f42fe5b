import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "../domain/kernel/canonical.ts";
import { badInput } from "../domain/kernel/errors.ts";

/** Where a page ended: after which candidate, at which revision of the policy, and how long its pages are. */
export interface Place {
  readonly after: string;
  readonly revision: number;
  readonly limit: number;
}

/** What tells searches apart: it guards against mistakes; whoever makes up a token gets what its search would have given. */
export const fingerprint = (search: Json): string =>
  createHash("sha256").update(canonicalJson(search)).digest("base64url").slice(0, 11);

export function tokenOf(search: string, { after, revision, limit }: Place): string {
  return Buffer.from(JSON.stringify([search, revision, limit, after]), "utf8").toString("base64url");
}

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws ScopewardenError BAD_USER_INPUT for what no page of this search gave. */
export function placeOf(search: string, token: string): Place {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(parts) && parts.length === 4) {
      const [of, revision, limit, after] = parts as unknown[];
      if (of === search && isCount(revision) && isCount(limit) && typeof after === "string")
        return { after, revision, limit };
    }
  } catch {}
  throw badInput([{ path: "page.token", message: "must be the next_token of an earlier page of this same search" }]);
}
