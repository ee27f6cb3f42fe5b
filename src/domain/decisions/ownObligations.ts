import type { Json } from "../kernel/canonical.ts";
import { isObject } from "../kernel/reader.ts";
import type { Obligation } from "../policy/types.ts";

/** What a search or an export may return (`filter.ts`). A decision has one at most. */
export const FILTER = "filter";

/** To have who acts prove anew who they are: what RFC 9470 calls step-up authentication. */
export const STEP_UP = "stepUp";

/** To say where an access was in an emergency. */
export const BREAK_GLASS = "breakGlass";

/** To ask for each patient's data by itself, or to treat the answer as DENY: a set that names nobody asks nobody's consent. */
export const ASK_EACH_PATIENT = "askEachPatient";

/** To pass on the notice of 42 CFR 2.32. */
export const NO_REDISCLOSURE = "noRedisclosure";

/** The consents that a notice names, whose ids may be anybody's, and the obligation without them; undefined: it names none. */
export function noticeParts(obligation: Obligation): readonly [consents: Json | undefined, open: Obligation] {
  const { parameters, type } = obligation;
  if (type !== NO_REDISCLOSURE || !isObject(parameters)) return [undefined, obligation];
  const { consents, ...open } = parameters;
  return [consents as Json | undefined, consents === undefined ? obligation : { type, parameters: open as Json }];
}

/**
 * The types of obligations that decisions have of themselves, whatever the policy says. All other types are those of the
 * policy's rules, and mean what its authors agreed on with their callers.
 */
export const OWN_OBLIGATIONS: readonly string[] = [
  ASK_EACH_PATIENT,
  BREAK_GLASS,
  FILTER,
  "label",
  NO_REDISCLOSURE,
  "redact",
  STEP_UP,
];
