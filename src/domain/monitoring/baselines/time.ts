import { HOUR_MS } from "../../audit/countedWindow.ts";
import { DAY_MS } from "../../policy/use.ts";

/** Three digits of 64 hold no later day. */
const LAST_DAY = 262_143;

/** Days since 1970, in UTC. */
export const dayOf = (at: number): number => Math.min(LAST_DAY, Math.max(0, Math.floor(at / DAY_MS)));
export const startOf = (day: number): number => day * DAY_MS;
/** Hours since 1970. */
export const hourOf = (at: number): number => Math.floor(at / HOUR_MS);
/** 0 to 167, from Monday at 0:00 UTC; 1970 began on a Thursday. */
export const hourOfWeek = (hour: number): number => (((hour + 72) % 168) + 168) % 168;
export { DAY_MS, HOUR_MS };
