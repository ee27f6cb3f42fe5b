import type { Reason, ReasonCode } from "./types.ts";

/** A reason, made when the decision is made and never again. */
export function reason(
  code: ReasonCode,
  message: string,
  about: { readonly scope?: string; readonly role?: string | null; readonly ruleId?: string } = {},
): Reason {
  return { code, message, role: about.role ?? null, ruleId: about.ruleId ?? null, scope: about.scope ?? null };
}

/** The day of a time, for sentences: `2026-03-01`. */
export const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
