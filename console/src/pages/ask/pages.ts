import type { PageGroup } from "../pageEntry.ts";

export const askPages: PageGroup = {
  name: "Ask",
  dailyFor: [],
  pages: [
    {
      path: "/client-access",
      title: "What can a client see",
      needs: ["clientAccess"],
      load: () => import("./ClientAccessPage.tsx"),
      words: "access matrix scopes types",
    },
    {
      path: "/who-can",
      title: "Who can see a patient",
      needs: ["patientAccess", "patientPeople"],
      load: () => import("./WhoCanPage.tsx"),
      words: "access patient people roles",
    },
    {
      path: "/what-if",
      title: "What if",
      needs: ["replay", "simulate"],
      load: () => import("./WhatIfPage.tsx"),
      words: "replay simulate change rule impact propose",
    },
    {
      path: "/why",
      title: "Why",
      needs: ["simulate"],
      load: () => import("./WhyPage.tsx"),
      words: "explain decision reason id",
    },
  ],
};
