import type { PageGroup } from "../pageEntry.ts";

export const watchPages: PageGroup = {
  name: "Watch",
  dailyFor: ["AUDITOR", "REVIEWER"],
  pages: [
    {
      path: "/alerts",
      title: "Alerts",
      needs: ["alerts"],
      waits: ["ALERT"],
      load: () => import("./AlertsPage.tsx"),
      words: "triage unusual suspicious",
    },
    {
      path: "/decisions",
      title: "Decisions",
      needs: ["decisions"],
      load: () => import("./DecisionsPage.tsx"),
      words: "journal log access",
    },
    {
      path: "/denials",
      title: "Denials",
      needs: ["stats"],
      orNeeds: ["decisions"],
      load: () => import("./DenialsPage.tsx"),
      words: "refused errors broken",
    },
    {
      path: "/inquiries",
      title: "Questions to people",
      needs: ["inquiries"],
      waits: ["INQUIRY"],
      load: () => import("./InquiriesPage.tsx"),
      words: "inquiry answer",
    },
    {
      path: "/restrictions",
      title: "Restrictions",
      needs: ["restrictions"],
      waits: ["RESTRICTION"],
      load: () => import("./RestrictionsPage.tsx"),
      words: "block suspend step-up",
    },
    {
      path: "/detectors",
      title: "Detectors",
      needs: ["detectors"],
      load: () => import("./DetectorsPage.tsx"),
      words: "backtest settings watch",
    },
    {
      path: "/samples",
      title: "Weekly sample",
      needs: ["weeklySample"],
      waits: ["SAMPLE"],
      load: () => import("./SamplesPage.tsx"),
      words: "missed estimate",
    },
  ],
};
