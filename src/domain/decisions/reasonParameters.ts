import type { Json } from "../kernel/canonical.ts";
import type { Reason } from "./reason.ts";
import type { JsonObject } from "./types.ts";

interface Says {
  readonly parameters?: { readonly [name: string]: Json };
  readonly personal?: { readonly [name: string]: Json };
}

/**
 * What `reasonText` prints a reason of, beside the names that it carries; times are milliseconds since 1970. Nothing else: no consents,
 * which the sentence does not name, and no condition of a rule of which it says only that it takes an emergency. What was erased, or
 * taken out for who may not know it, is absent.
 */
export function reasonParameters(reason: Reason): JsonObject {
  const { parameters = {}, personal = {} } = reason as Says;
  const { consents: _, ...named } = personal;
  if (reason.code !== "NO_MATCHING_RULE") return { ...parameters, ...named };
  const unmet = reason.parameters.unmet.map(({ when, ...rule }) => (rule.inEmergency ? rule : { ...rule, when }));
  return { ...parameters, unmet: unmet as unknown as Json, ...named };
}
