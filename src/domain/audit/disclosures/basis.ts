import type { AccessRecord } from "../../decisions/types.ts";

/** The consents on which an answer rests, each once, as far as they are not erased. */
export const consentsOf = ({ reasons }: AccessRecord): readonly string[] => [
  ...new Set(
    reasons.flatMap((reason) =>
      reason.code === "ALLOWED_BY_CONSENT" ? (reason.personal?.consents.map(({ id }) => id) ?? []) : [],
    ),
  ),
];

/** The emergency in which an access was allowed; null: in none. */
export function emergencyOf({ reasons }: AccessRecord): string | null {
  for (const reason of reasons) if (reason.code === "BREAK_GLASS") return reason.parameters.id;
  return null;
}
