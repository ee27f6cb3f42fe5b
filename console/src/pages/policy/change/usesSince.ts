import { serviceNow } from "../../../session/session.ts";

const DAY_MS = 86_400_000;

/** The first moment of the day (UTC) that was so many days ago: the same for all questions of a day, so that each is asked once. */
export const daysAgo = (days: number): string =>
  new Date(Math.floor(serviceNow().getTime() / DAY_MS) * DAY_MS - days * DAY_MS).toISOString();
