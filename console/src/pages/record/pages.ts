import type { PageGroup } from "../pageEntry.ts";

export const recordPages: PageGroup = {
  name: "Record",
  pages: [],
};
