import type { ApiKeyAct } from "../callers/types.ts";
import type { DirectoryAct } from "../directory/store.ts";
import type { PolicyRevisionAct } from "../policy/store.ts";
import { type OnRecord, open, PERSONAL, SOMEBODY, stepId } from "./onRecord.ts";

export const policyRevisionOnRecord = {
  words: "A revision of the policy, with digests of its changes, which may be megabytes.",
  format: 2,
  id: ({ revision }) => `policy:${revision}`,
  time: "committedAt",
  // Its author answers for what it says.
  members: {
    ...open("revision", "author", "reason", "committedAt", "changes", "changesSha256", "historySha256"),
    // An assignment names its subject.
    rows: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<PolicyRevisionAct>;

export const directoryOnRecord = {
  words: "A change of the directory: how much and a digest, not the entities, which may be very many.",
  format: 1,
  id: ({ revision }) => `directory:${revision}`,
  time: "committedAt",
  members: open("revision", "author", "reason", "committedAt", "put", "removed", "changesSha256"),
  erased: "NOBODY",
} as const satisfies OnRecord<DirectoryAct>;

export const apiKeyOnRecord = {
  words: "An API key was created, revoked, or used in vain.",
  format: 1,
  id: stepId("key", "keyId"),
  time: "at",
  members: {
    ...open("event", "keyId", "at", "author", "reason", "roles", "allRolesUntil", "defaultClientId", "expiresAt"),
    assertRoles: [open("organization", "role")],
    failures: open("wrongSecret", "expired", "revoked", "since"),
    name: PERSONAL,
    subject: SOMEBODY,
  },
  erased: "LASTING",
} as const satisfies OnRecord<ApiKeyAct>;
