import type { PageGroup } from "../pageEntry.ts";

export const patientsPages: PageGroup = {
  name: "Patients",
  dailyFor: ["CONSENT", "AUDITOR"],
  pages: [
    {
      path: "/consents",
      title: "Consents",
      needs: ["consents"],
      load: () => import("./ConsentsPage.tsx"),
      waits: ["CONSENT_REQUEST"],
      words: "record withdraw refuse agree permission",
    },
    {
      path: "/who-saw",
      title: "Who saw it",
      needs: ["accessHistory"],
      load: () => import("./WhoSawPage.tsx"),
      words: "access history accounting of disclosures 45 CFR 164.528 patient",
    },
    {
      path: "/patient",
      title: "One patient",
      needs: ["find"],
      load: () => import("./PatientPage.tsx"),
      isListed: false,
    },
  ],
};
