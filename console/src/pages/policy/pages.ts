import type { PageGroup } from "../pageEntry.ts";

export const policyPages: PageGroup = {
  name: "Policy",
  pages: [],
};
