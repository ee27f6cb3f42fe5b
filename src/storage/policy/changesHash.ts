import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { sortedInParts } from "../../domain/kernel/sortedInParts.ts";
import { byNounAndKey } from "../../domain/policy/difference.ts";
import type { RowChange } from "../../domain/policy/types.ts";
import { storedJson } from "./policyTables.ts";

/** Changes whose text is made without a break. */
const PART = 50;

const textOf = ({ noun, key, before, after }: RowChange): string =>
  canonicalJson({ noun, key, before: storedJson(noun, before), after: storedJson(noun, after) } as unknown as Json);

/**
 * The SHA-256, in lower-case hexadecimal, of what a revision changes: of the canonical JSON (RFC 8785) of the list of its
 * changes by noun and key, each with `noun`, `key`, `before` and `after`, the rows as they are stored. Made in parts.
 */
export async function changesHash(changes: readonly RowChange[]): Promise<string> {
  const inOrder = await sortedInParts(changes, nextTurn, byNounAndKey);
  const hash = createHash("sha256").update("[");
  for (let at = 0; at < inOrder.length; at += PART) {
    if (at > 0) await nextTurn();
    const part = inOrder.slice(at, at + PART).map(textOf);
    hash.update(`${at > 0 ? "," : ""}${part.join(",")}`, "utf8");
  }
  return hash.update("]").digest("hex");
}
