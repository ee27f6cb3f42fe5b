import { DAY_MS } from "../../policy/use.ts";

/** Days since 1970, in UTC. */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS);
/** Weeks from Monday to Sunday: 1970 began on a Thursday. */
export const weekOf = (day: number): number => Math.floor((day + 3) / 7);
/** 0 is Monday. */
export const weekday = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** Nothing of a person or a pair is kept for longer after the last decision. */
export const KEPT_DAYS = 90;
