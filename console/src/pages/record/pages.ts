import type { PageGroup } from "../pageEntry.ts";

export const recordPages: PageGroup = {
  name: "Record",
  dailyFor: [],
  pages: [
    {
      path: "/export",
      title: "Export",
      needs: ["exportPage"],
      load: () => import("./ExportPage.tsx"),
      words: "download ndjson csv ocsf fhir siem take away",
    },
    {
      path: "/proof",
      title: "Proof of a decision",
      needs: ["inclusionProof"],
      load: () => import("./ProofPage.tsx"),
      words: "inclusion verify-proof court merkle",
    },
    {
      path: "/checkpoints",
      title: "Checkpoints",
      needs: ["checkpoint", "checkpointKeys"],
      load: () => import("./CheckpointsPage.tsx"),
      words: "merkle tree public key consistency verify",
    },
    {
      path: "/holds",
      title: "Holds",
      needs: ["legalHolds", "accountingSuspensions"],
      load: () => import("./HoldsPage.tsx"),
      words: "legal hold suspended accounting agency litigation",
    },
    {
      path: "/retention",
      title: "Retention",
      needs: ["archives", "organizations"],
      load: () => import("./RetentionPage.tsx"),
      words: "archive erase years months",
    },
  ],
};
