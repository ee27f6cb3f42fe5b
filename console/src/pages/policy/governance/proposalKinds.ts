import type { ProposalKind } from "../../../generated/schema.ts";

export const KIND_NAMES: Readonly<Record<ProposalKind, string>> = {
  POLICY: "Change of the policy",
  ROLLBACK: "Back to an earlier policy",
  DIRECTORY: "People and resources",
  API_KEY: "A key",
  DETECTOR: "A detector",
  SUPPRESSION: "No alerts for a while",
};
