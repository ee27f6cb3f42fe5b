import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import type { KeptProposal, Report } from "./proposal.ts";

/** Raised when the digest covers something else, so that nobody's approval comes to mean more. */
const FORMAT = 1;

/** Which decisions a report is about, and how many of them flip. */
const rangeOf = ({ filter, replay, salt }: Report) => {
  const { allowToDeny, complete, denyToAllow, from, read, to } = replay;
  return { filter, from, to, read, complete, allowToDeny, denyToAllow, salt };
};

/**
 * What an approval is for: SHA-256, in lower-case hexadecimal, of the canonical JSON (RFC 8785) of `format`, `round`, `change`,
 * `baseRevision`, `effect`, `emergency` and `replay`: null, or of the report its `filter`, `from`, `to`, `read`, `complete`,
 * `allowToDeny`, `denyToAllow` and, of one that is for auditors alone, `salt`. Absent members are left out, times are milliseconds since 1970.
 */
export function digestOf(
  proposal: Pick<KeptProposal, "round" | "change" | "baseRevision" | "effect" | "emergency" | "report">,
  sha256: Sha256,
): string {
  const { round, change, baseRevision, effect, emergency, report } = proposal;
  const bound = {
    format: FORMAT,
    round,
    change,
    baseRevision,
    effect,
    emergency,
    replay: report === null ? null : rangeOf(report),
  };
  return sha256(canonicalJson(bound as unknown as Json));
}
