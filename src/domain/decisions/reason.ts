import type { Reason, ReasonCode } from "./types.ts";

/** A reason, made when the decision is made and never again. */
export function reason(
  code: ReasonCode,
  message: string,
  about: { readonly scope?: string; readonly role?: string | null; readonly ruleId?: string } = {},
): Reason {
  return { code, message, role: about.role ?? null, ruleId: about.ruleId ?? null, scope: about.scope ?? null };
}
