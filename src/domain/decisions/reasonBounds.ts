import { clipped } from "../kernel/text.ts";
import type { Mismatch } from "../scopes/match.ts";
import type { UnmetWay } from "./unmetWays.ts";

/** How many roles a reason lists, and how many conditions. */
export const NAMES_LISTED = 8;
const CONDITIONS_LISTED = 5;
const MISSING_LISTED = 4;
/** Characters that a reason keeps of a text: of a condition, of what an engine says, of a rule's description. */
export const TEXT_KEPT = 400;

/** Characters that a reason keeps of an action or a resource type: the request has it in full. */
const NAME_KEPT = 64;
export const nameKept = (name: string): string => clipped(name, NAME_KEPT);

/** A mismatch as a reason keeps it. */
export function mismatchKept(why: Mismatch): Mismatch {
  if (why.because === "ACTION") return { ...why, permits: nameKept(why.permits), requested: nameKept(why.requested) };
  return why.because === "TYPE" ? { ...why, reaches: nameKept(why.reaches), requested: nameKept(why.requested) } : why;
}

/** How many of a list's members a reason leaves out, where it leaves out any. */
export const listed = <Name extends string>(
  name: Name,
  all: readonly unknown[],
  most = NAMES_LISTED,
): { readonly [Each in Name]?: number } =>
  (all.length > most ? { [name]: all.length - most } : {}) as { readonly [Each in Name]?: number };

/** Rules whose condition was not met, as a reason lists them: what takes an emergency comes last. */
export function unmetOf({ ordinary, emergency }: Record<"ordinary" | "emergency", readonly UnmetWay[]>) {
  const all = [...ordinary, ...emergency];
  const unmet = all.slice(0, CONDITIONS_LISTED).map(({ missing, rule: { id, when } }, i) => ({
    ...(i < ordinary.length ? null : { inEmergency: true as const }),
    ...(missing.length === 0 ? null : { missing: missingKept(missing) }),
    ruleId: id,
    when: when === null ? null : clipped(when, TEXT_KEPT),
  }));
  return { ...listed("moreUnmet", all, CONDITIONS_LISTED), unmet };
}

/** Members that a request lacks, as a reason lists them. */
export const missingKept = (members: readonly string[]): readonly string[] =>
  members.slice(0, MISSING_LISTED).map(nameKept);
