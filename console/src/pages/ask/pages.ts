import type { PageGroup } from "../pageEntry.ts";

export const askPages: PageGroup = {
  name: "Ask",
  pages: [],
};
