import { createHash, hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { sortedInParts } from "../../domain/kernel/sortedInParts.ts";
import { byNounAndKey } from "../../domain/policy/difference.ts";
import type { RowDigest } from "../../domain/policy/store.ts";
import type { RowChange } from "../../domain/policy/types.ts";
import { storedJson } from "./policyTables.ts";

/** Changes whose text is made without a break. */
const PART = 50;
/** Of more changes no digest of each is kept: the act would be megabytes. */
const MOST_ROWS = 1_000;

const textOf = ({ noun, key, before, after }: RowChange): string =>
  canonicalJson({ noun, key, before: storedJson(noun, before), after: storedJson(noun, after) } as unknown as Json);

/** Digests, in lower-case hexadecimal, of what a revision changes. */
export interface ChangesDigest {
  readonly sha256: string;
  /** In the order of the changes; absent: there are too many. */
  readonly rows?: readonly RowDigest[];
}

/**
 * The SHA-256 of the canonical JSON (RFC 8785) of the list of a revision's changes by noun and key, each with `noun`, `key`, `before` and
 * `after`, the rows as they are stored; and of each of them. Made in parts.
 */
export async function changesDigest(changes: readonly RowChange[]): Promise<ChangesDigest> {
  const inOrder = await sortedInParts(changes, nextTurn, byNounAndKey);
  const all = createHash("sha256").update("[");
  const rows: RowDigest[] = [];
  for (let at = 0; at < inOrder.length; at += PART) {
    if (at > 0) await nextTurn();
    const part = inOrder.slice(at, at + PART);
    const texts = part.map(textOf);
    all.update(`${at > 0 ? "," : ""}${texts.join(",")}`, "utf8");
    if (inOrder.length <= MOST_ROWS)
      for (const [i, { key, noun }] of part.entries())
        rows.push({ noun, key, sha256: hash("sha256", texts[i] ?? "", "hex") });
  }
  const sha256 = all.update("]").digest("hex");
  return inOrder.length <= MOST_ROWS ? { sha256, rows } : { sha256 };
}

/** The SHA-256 of a history: of the `changesSha256` of its revisions, in their order. */
export const historyDigest = (kept: readonly unknown[]): string => hash("sha256", kept.join(""), "hex");
