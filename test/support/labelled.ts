import type { PolicyOperation } from "../../src/domain/policy/operations.ts";

/** That data bears its labels everywhere: for tests that are about something else than what the law specially protects. */
export const LABELLED: PolicyOperation = {
  putOrganization: {
    id: "*",
    settings: { specialProtection: "TRUSTED" },
    justification: "The data of this test is labelled.",
  },
};
