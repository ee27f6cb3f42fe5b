import type { PageGroup } from "../pageEntry.ts";

export const peoplePages: PageGroup = {
  name: "People",
  pages: [],
};
