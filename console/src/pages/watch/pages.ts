import type { PageGroup } from "../pageEntry.ts";

export const watchPages: PageGroup = {
  name: "Watch",
  pages: [],
};
