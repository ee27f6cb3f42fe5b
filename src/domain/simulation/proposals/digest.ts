import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import type { KeptProposal } from "./proposal.ts";

/** Raised when the digest covers something else, so that nobody's approval comes to mean more. */
const FORMAT = 1;

/**
 * What an approval is for: SHA-256, in lower-case hexadecimal, of the canonical JSON (RFC 8785) of `format`, `change`,
 * `baseRevision`, `effect`, `emergency` and `replay`, which is the range of the report or null.
 */
export function digestOf(
  proposal: Pick<KeptProposal, "change" | "baseRevision" | "effect" | "emergency" | "report">,
  sha256: Sha256,
): string {
  const { change, baseRevision, effect, emergency, report } = proposal;
  const replay = report === null ? null : { range: report.range, allowToDeny: report.allowToDeny, denyToAllow: report.denyToAllow };
  return sha256(
    canonicalJson({ format: FORMAT, change: change as unknown as Json, baseRevision, effect, emergency, replay }),
  );
}
