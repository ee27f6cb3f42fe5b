import type { PageGroup } from "../pageEntry.ts";

export const watchPages: PageGroup = {
  name: "Watch",
  pages: [
    { path: "/decisions", title: "Decisions", needs: ["decisions"], load: () => import("./DecisionsPage.tsx"), words: "journal log access" },
  ],
};
