import type { WatchedDecision } from "../watchedDecision.ts";

/** What a request was after, as a short name of which no id can be read (FNV-1a, 32 bits): to tell different ones apart is all that it is for. */
export function targetOf({ action, kind, patients, resourceId, resourceType, scopesAsked }: WatchedDecision): string {
  const text =
    kind === "GRANT"
      ? (scopesAsked ?? []).join(" ")
      : `${action} ${resourceType} ${patients[0]?.id ?? resourceId ?? ""}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
