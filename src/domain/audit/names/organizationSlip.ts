import { badInput } from "../../kernel/errors.ts";
import { slipOfOrganization } from "../../policy/organizationNames.ts";
import { type NamesIn, organizationsIn } from "./occurring.ts";

/**
 * Refuses an organization that occurs nowhere while a known one is one letter away, unless it is said to be new: for what one person
 * asks by hand. @throws ScopewardenError BAD_USER_INPUT at `input.organization`
 */
export type RequireNoSlip = (asked: {
  readonly organization?: string | null | undefined;
  readonly newOrganization?: boolean | null | undefined;
}) => Promise<void>;

export const createRequireNoSlip =
  (names: () => NamesIn): RequireNoSlip =>
  async ({ newOrganization, organization }) => {
    if (newOrganization === true || organization === null || organization === undefined) return;
    const meant = slipOfOrganization(organization, await organizationsIn(names()));
    if (meant === null) return;
    const message = `no organization is called ${organization}, and ${meant} is one letter away: write that, or say newOrganization: true if this is another`;
    throw badInput([{ path: "input.organization", message }]);
  };
