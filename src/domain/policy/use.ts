import { day } from "../kernel/time.ts";

/** How a client used a scope. Times are milliseconds since 1970. */
export interface ClientUse {
  readonly clientId: string;
  /** Answers that rested on the scope within the window asked for. */
  readonly uses: number;
  /** The newest of them, or an older one. */
  readonly lastUsedAt: number;
}

/** The window in which a use counts as recent. */
export const RECENT_USE_DAYS = 30;
export const DAY_MS = 86_400_000;

/** Who used a scope in the last `RECENT_USE_DAYS` days. */
export type RecentUse = (scope: string) => readonly ClientUse[];

/** The same, read from the journal. Rejects with JOURNAL_UNAVAILABLE. */
export type ReadUse = (scope: string, since: number) => Promise<readonly ClientUse[]>;

const SHOWN = 3;

/**
 * Why a scope should not end at once: who used it, and on which day last, the latest first; or null if nobody did. How often it does not say:
 * who changes the policy may not know of how many patients that is.
 */
export function recentUseProblem(scope: string, use: readonly ClientUse[]): string | null {
  const recent = use.filter(({ uses }) => uses > 0).sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  if (recent.length === 0) return null;
  const who = recent.slice(0, SHOWN).map(({ clientId, lastUsedAt }) => `${clientId} (last on ${day(lastUsedAt)})`);
  const more = recent.length > SHOWN ? ` and ${recent.length - SHOWN} more` : "";
  return `${scope} was used in the last ${RECENT_USE_DAYS} days by ${who.join(", ")}${more}; deprecate it with a sunset, or give force: true to end it now`;
}
