import { isoTime } from "../kernel/time.ts";
import type { PolicyOperation } from "./operations.ts";
import type { Snapshot } from "./snapshot.ts";

/** Who is named as the author of retirements that nobody made but the calendar. */
export const SUNSET_AUTHOR = "scopewarden:sunset";

/** A version whose sunset has come and that is not retired yet. */
export interface DueSunset {
  readonly name: string;
  readonly version: number;
  readonly sunsetAt: number;
}

/** Every due version at a time, the earliest sunset first. */
export function dueSunsets(snapshot: Snapshot, now: number): readonly DueSunset[] {
  const due: DueSunset[] = [];
  for (const versions of snapshot.scopes.values()) {
    for (const { name, version, state, sunsetAt } of versions) {
      if (state === "DEPRECATED" && sunsetAt !== null && sunsetAt <= now) due.push({ name, version, sunsetAt });
    }
  }
  return due.sort((a, b) => a.sunsetAt - b.sunsetAt || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The policy change that retires a due version: an ordinary one, with its reason. */
export function sunsetChange({ name, version, sunsetAt }: DueSunset): {
  readonly operations: readonly PolicyOperation[];
  readonly reason: string;
} {
  return {
    operations: [{ retireScope: { name, version } }],
    reason: `${name} v${version} has reached its sunset, ${isoTime(sunsetAt)}.`,
  };
}
