import { day } from "../../kernel/time.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { reason } from "../reason.ts";
import type { Reason } from "../types.ts";

/** A deprecated version works until its sunset, by the clock, whether or not it has been retired since. */
function isUsable(version: ScopeVersion, now: number): boolean {
  return (
    version.state === "ACTIVE" ||
    (version.state === "DEPRECATED" && version.sunsetAt !== null && now < version.sunsetAt)
  );
}

/** The versions that a name stands for at a time, newest first. */
export function usableVersions(versions: readonly ScopeVersion[], now: number): readonly ScopeVersion[] {
  return versions.filter((version) => isUsable(version, now)).reverse();
}

function instead(ended: ScopeVersion, latest: ScopeVersion): string {
  if (ended.replacedBy !== null) return `; use ${ended.replacedBy}`;
  return latest.version > ended.version
    ? `; v${latest.version} is ${latest.state.toLowerCase()} and can be activated`
    : "";
}

/** Why no version of a scope is usable, or null. */
export function lifecycleProblem(versions: readonly ScopeVersion[], now: number): Reason | null {
  const latest = versions.at(-1);
  if (latest === undefined || versions.some((version) => isUsable(version, now))) return null;
  const scope = latest.name;
  const ended = versions.findLast((version) => version.state !== "DRAFT");
  if (ended === undefined)
    return reason("SCOPE_NOT_ACTIVE", `${scope} v${latest.version} is a draft; an admin can activate it.`, { scope });
  const at = ended.retiredAt ?? ended.sunsetAt;
  return reason(
    "SCOPE_RETIRED",
    `${scope} v${ended.version} retired${at === null ? "" : ` on ${day(at)}`}${instead(ended, latest)}.`,
    { scope },
  );
}

/** The notice that comes with an answer that rests on a deprecated version, or null. */
export function deprecationNotice(version: ScopeVersion): Reason | null {
  if (version.state !== "DEPRECATED" || version.sunsetAt === null) return null;
  const successor = version.replacedBy === null ? "" : `; use ${version.replacedBy}`;
  return reason(
    "SCOPE_DEPRECATED",
    `${version.name} v${version.version} is deprecated and retires on ${day(version.sunsetAt)}${successor}.`,
    { scope: version.name },
  );
}
