import type { RunSql } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { codeOf } from "../database/faults.ts";
import { readActs } from "./acts.ts";

const ACTS = 1_000;

/** What is wrong with the newest acts, as far as can be told by reading them whole; null: nothing. */
export async function tailProblem(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  end: number,
): Promise<string | null> {
  try {
    await readActs({ run, dialect }, { after: end - ACTS, first: ACTS });
    return null;
  } catch (error) {
    if (codeOf(error) !== null) throw error;
    return `an act among the last ${ACTS} can't be read`;
  }
}
