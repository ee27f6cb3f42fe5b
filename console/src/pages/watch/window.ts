// Windows of time, as the pages that look back have them in their links.
const DAY_MS = 86_400_000;

export const SINCE = [
  { id: "1", name: "24 hours" },
  { id: "7", name: "7 days" },
  { id: "30", name: "30 days" },
  { id: "", name: "All" },
] as const;

/** When so many days ended, before `now`. */
export const daysBefore = (now: Date, days: number): string => new Date(now.getTime() - days * DAY_MS).toISOString();
