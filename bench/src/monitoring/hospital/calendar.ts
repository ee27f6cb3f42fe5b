export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday; the hospital lives in UTC. */
export const START = Date.UTC(2026, 0, 5);
export const DAYS = 84;
/** From this day on, the last four weeks, alerts are scored; what is before is for baselines. */
export const SCORED_FROM = 56;

export const startOf = (day: number): number => START + day * DAY;
export const dayOf = (at: number): number => Math.floor((at - START) / DAY);
/** 0 is Monday. */
export const weekday = (day: number): number => ((day % 7) + 7) % 7;
export const isWeekend = (day: number): boolean => weekday(day) >= 5;

/** `14:05` of a day. */
export const timeOf = (day: number, hour: number): number => startOf(day) + Math.round(hour * HOUR);
