import type { PageGroup } from "../pageEntry.ts";

export const policyPages: PageGroup = {
  name: "Policy",
  dailyFor: ["ADMIN"],
  pages: [
    {
      path: "/first-steps",
      title: "First steps",
      needs: ["applyPolicy"],
      load: () => import("./firstSteps/FirstStepsPage.tsx"),
      isListed: false,
      words: "begin start empty",
    },
    {
      path: "/scopes",
      title: "Scopes",
      needs: ["scopes"],
      load: () => import("./scopes/ScopesPage.tsx"),
      words: "deprecate retire sunset usage SMART",
    },
    {
      path: "/clients",
      title: "Clients",
      needs: ["clients"],
      load: () => import("./clients/ClientsPage.tsx"),
      words: "applications grants block suspend",
    },
    {
      path: "/roles",
      title: "Roles and rules",
      needs: ["roles", "rules"],
      load: () => import("./roles/RolesPage.tsx"),
      words: "conditions CEL assignments staff",
    },
    {
      path: "/organizations",
      title: "Organizations",
      needs: ["organizations"],
      load: () => import("./organizations/OrganizationsPage.tsx"),
      words: "settings",
    },
    {
      path: "/revisions",
      title: "Revisions",
      needs: ["policyRevisions"],
      load: () => import("./governance/RevisionsPage.tsx"),
      words: "history diff rollback",
    },
    {
      path: "/proposals",
      title: "Proposals",
      needs: ["proposals"],
      load: () => import("./governance/ProposalsPage.tsx"),
      waits: ["PROPOSAL"],
      words: "approve four eyes",
    },
    {
      path: "/policy-tests",
      title: "Policy tests",
      needs: ["testPolicy"],
      load: () => import("./governance/PolicyTestsPage.tsx"),
      words: "cases",
    },
    {
      path: "/policy-files",
      title: "Policy files",
      needs: ["policyFiles"],
      load: () => import("./governance/PolicyFilesPage.tsx"),
      words: "git yaml import export apply",
    },
  ],
};
