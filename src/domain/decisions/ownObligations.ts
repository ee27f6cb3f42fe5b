import { FILTER } from "./filter.ts";

/** To have who acts prove anew who they are: what RFC 9470 calls step-up authentication. */
export const STEP_UP = "stepUp";

/** To say where an access was in an emergency. */
export const BREAK_GLASS = "breakGlass";

/**
 * The types of obligations that decisions have of themselves, whatever the policy says. All other types are those of the
 * policy's rules, and mean what its authors agreed on with their callers.
 */
export const OWN_OBLIGATIONS: readonly string[] = [BREAK_GLASS, FILTER, "label", "noRedisclosure", "redact", STEP_UP];
