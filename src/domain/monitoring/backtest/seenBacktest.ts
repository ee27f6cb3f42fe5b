import { seesAccesses } from "../../callers/permissions.ts";
import type { Identity } from "../../callers/types.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { findingSeen, seesPatients } from "../alerts/seen.ts";
import type { Backtest, MadeBacktest } from "./makeBacktest.ts";

/** A back-test as a caller may see it: to a reviewer its samples have pseudonyms of patients, an admin sees none. */
export async function seenBacktest(
  caller: Identity,
  { ownSubjects, samples, ...counts }: MadeBacktest,
  pseudonym: () => Promise<Pseudonym>,
): Promise<Backtest> {
  if (!seesAccesses(caller) || samples.length === 0) return { ...counts, samples: [] };
  if (seesPatients(caller)) return { ...counts, samples };
  const seen = { of: await pseudonym(), own: new Set(ownSubjects) };
  return { ...counts, samples: samples.map((one) => findingSeen(one, seen)) };
}
