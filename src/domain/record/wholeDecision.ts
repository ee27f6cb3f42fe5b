import { readAgain } from "../decisions/readAgain.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import { wholeRecord } from "./personal.ts";

/** A decision from its two parts, without what was erased since, purposes and labels in their one form. */
export const wholeDecision = (open: string, personal: string, hasErased = false): DecisionRecord =>
  readAgain(wholeRecord(open, personal, hasErased) as DecisionRecord);
