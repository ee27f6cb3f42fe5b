import type { PageGroup } from "../pageEntry.ts";

export const watchPages: PageGroup = {
  name: "Watch",
  pages: [
    { path: "/alerts", title: "Alerts", needs: ["alerts"], waits: ["ALERT"], load: () => import("./AlertsPage.tsx"), words: "triage unusual suspicious" },
    { path: "/decisions", title: "Decisions", needs: ["decisions"], load: () => import("./DecisionsPage.tsx"), words: "journal log access" },
    { path: "/denials", title: "Denials", needs: ["stats"], load: () => import("./DenialsPage.tsx"), words: "refused errors broken" },
  ],
};
