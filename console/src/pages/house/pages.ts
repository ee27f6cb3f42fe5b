import type { PageGroup } from "../pageEntry.ts";

export const housePages: PageGroup = {
  name: "House",
  pages: [],
};
