import { clipped } from "../kernel/text.ts";
import type { Rule } from "../policy/types.ts";

/** How many roles a reason lists, and how many conditions. */
export const NAMES_LISTED = 8;
const CONDITIONS_LISTED = 5;
/** Characters that a reason keeps of a text: of a condition, of what an engine says, of a rule's description. */
export const TEXT_KEPT = 400;

/** How many of a list's members a reason leaves out, where it leaves out any. */
export const listed = <Name extends string>(
  name: Name,
  all: readonly unknown[],
  most = NAMES_LISTED,
): { readonly [Each in Name]?: number } =>
  (all.length > most ? { [name]: all.length - most } : {}) as { readonly [Each in Name]?: number };

/** Rules whose condition was not met, as a reason lists them. */
export const unmetOf = (rules: readonly Rule[]) =>
  rules
    .slice(0, CONDITIONS_LISTED)
    .map(({ id, when }) => ({ ruleId: id, when: when === null ? null : clipped(when, TEXT_KEPT) }));

export const moreUnmet = (rules: readonly Rule[]) => listed("moreUnmet", rules, CONDITIONS_LISTED);
