import { changedBy, type Directory } from "../../directory/directory.ts";
import type { EntityRef, NewEntity } from "../../directory/entity.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Breathe, Sha256 } from "../../kernel/ports.ts";
import type { Applied } from "../../policy/apply.ts";
import { membersOf } from "../../policy/members.ts";
import type { Noun, PolicyRows } from "../../policy/types.ts";

/** Rows whose text is made without a break. */
const PART = 200;

/** What a change does, by name; `changes` 0: nothing. */
export interface Effect {
  readonly effect: string;
  readonly changes: number;
}

/** A row without what the service notes of the hour, which differs between the review and the change. */
function said(noun: Noun, row: PolicyRows[Noun] | null): Json {
  if (row === null) return null;
  const values = row as unknown as { readonly [name: string]: Json | undefined };
  const members = membersOf(noun).filter(({ role }) => role !== "noted" && role !== "derived");
  return Object.fromEntries(members.map(({ name }) => [name, values[name] ?? null]));
}

/**
 * The name of what a change does to the policy: SHA-256 over the rows that differ, as they were and as they would be, part by
 * part, and over what they may allow more. The same name on another revision: the same change of the same rows.
 */
export async function policyEffect(
  { changes, findings }: Extract<Applied, { readonly ok: true }>,
  { sha256, breathe }: { readonly sha256: Sha256; readonly breathe: Breathe },
): Promise<Effect> {
  // What else is found rests on what others do meanwhile, as whether anything else names an organization.
  const widening = findings.filter(({ code }) => code === "WIDENS_ALLOW");
  let effect = sha256(canonicalJson(widening as unknown as Json));
  for (let at = 0; at < changes.length; at += PART) {
    if (at > 0) await breathe();
    const part = changes
      .slice(at, at + PART)
      .map(({ noun, key, before, after }) => ({ noun, key, before: said(noun, before), after: said(noun, after) }));
    effect = sha256(effect + canonicalJson(part));
  }
  return { effect, changes: changes.length };
}

/** The same of the directory: the version that each entity has, and what becomes of it. */
export function directoryEffect(
  directory: Directory,
  change: { readonly put: readonly NewEntity[]; readonly remove: readonly EntityRef[] },
  sha256: Sha256,
): Effect {
  const rows = changedBy(directory, change);
  return { effect: sha256(canonicalJson(rows as unknown as Json)), changes: rows.length };
}
