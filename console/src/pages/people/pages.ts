import type { PageGroup } from "../pageEntry.ts";

export const peoplePages: PageGroup = {
  name: "People",
  pages: [
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
  ],
};
