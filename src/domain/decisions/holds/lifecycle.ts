import type { ScopeVersion } from "../../policy/types.ts";
import { type Reason, reason } from "../reason.ts";

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

/** The version that a name means: in force before announced to end, before any other; the newest of several. */
export function meantVersion(versions: readonly ScopeVersion[]): ScopeVersion | undefined {
  return (
    versions.findLast((v) => v.state === "ACTIVE") ??
    versions.findLast((v) => v.state === "DEPRECATED") ??
    versions.at(-1)
  );
}

/** Why no version of a scope is usable, or null. */
export function lifecycleProblem(versions: readonly ScopeVersion[], now: number): Reason | null {
  const latest = versions.at(-1);
  if (latest === undefined || versions.some((version) => isUsable(version, now))) return null;
  const scope = latest.name;
  const ended = versions.findLast((version) => version.state !== "DRAFT");
  if (ended === undefined) return reason("SCOPE_NOT_ACTIVE", { parameters: { version: latest.version }, scope });
  const { replacedBy, version } = ended;
  const later = latest.version > version ? { state: latest.state, version: latest.version } : null;
  const parameters = { later, retiredAt: ended.retiredAt ?? ended.sunsetAt, successor: replacedBy, version };
  return reason("SCOPE_RETIRED", { parameters, scope });
}

/** The notice that comes with an answer that rests on a deprecated version, or null. */
export function deprecationNotice(version: ScopeVersion): Reason | null {
  if (version.state !== "DEPRECATED" || version.sunsetAt === null) return null;
  const { name, replacedBy, sunsetAt } = version;
  const parameters = { successor: replacedBy, sunsetAt, version: version.version };
  return reason("SCOPE_DEPRECATED", { parameters, scope: name });
}
