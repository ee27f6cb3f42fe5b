import type { PageGroup } from "../pageEntry.ts";

export const peoplePages: PageGroup = {
  name: "People",
  dailyFor: ["REVIEWER"],
  pages: [
    {
      path: "/access-requests",
      title: "Access requests",
      needs: ["accessRequests"],
      waits: ["ACCESS_REQUEST"],
      words: "elevation just in time temporary role",
      load: () => import("./AccessRequestsPage.tsx"),
    },
    {
      path: "/emergencies",
      title: "Emergencies",
      needs: ["breakGlasses"],
      waits: ["BREAK_GLASS"],
      words: "break the glass",
      load: () => import("./EmergenciesPage.tsx"),
    },
    {
      path: "/reviews",
      title: "Access reviews",
      needs: ["reviewCampaigns"],
      waits: ["REVIEW_CAMPAIGN", "REVIEW_ITEM"],
      words: "certify recertification campaign roles",
      load: () => import("./ReviewsPage.tsx"),
    },
    {
      path: "/person",
      title: "One person",
      needs: ["assignments"],
      words: "staff user block subject leaver",
      load: () => import("./PersonPage.tsx"),
    },
  ],
};
