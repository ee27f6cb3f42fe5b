import { type Json, sameJson } from "../kernel/canonical.ts";
import type { Rule } from "./types.ts";

/** What tells where a rule holds. */
export const REACH = ["role", "scope", "action", "resourceType"] as const;
export const reachesMore = (from: Rule, to: Rule): boolean =>
  REACH.some((name) => to[name] !== from[name] && from[name] !== "*");
export const holdsMore = (from: Rule, to: Rule): boolean => from.when !== null && to.when !== from.when;

/** Whether a rule asks for one obligation less than another did. */
export const asksLess = (from: Rule, to: Rule): boolean =>
  from.obligations.some(
    (asked) => !to.obligations.some((still) => sameJson(still as unknown as Json, asked as unknown as Json)),
  );
