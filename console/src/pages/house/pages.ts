import type { PageGroup } from "../pageEntry.ts";

export const housePages: PageGroup = {
  name: "House",
  dailyFor: [],
  pages: [
    {
      path: "/keys",
      title: "Keys",
      needs: ["apiKeys", "tokenRevocations"],
      load: () => import("./KeysPage.tsx"),
      waits: ["TOKEN_REVOCATION"],
      words: "api key token block revoke secret",
    },
    {
      path: "/webhooks",
      title: "Webhooks",
      needs: ["webhookDeliveries"],
      load: () => import("./WebhooksPage.tsx"),
      words: "notifications deliveries undelivered dead retry",
    },
    {
      path: "/followers",
      title: "Sinks and followers",
      needs: ["webhookDeliveries"],
      load: () => import("./FollowersPage.tsx"),
      words: "siem sink lag metrics",
    },
    {
      path: "/settings",
      title: "Settings",
      needs: ["service"],
      load: () => import("./SettingsPage.tsx"),
      words: "version four eyes tokens issuer configuration",
    },
  ],
};
