import type { RunSql } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { codeOf } from "../database/faults.ts";
import { readActs } from "./acts.ts";

const ACTS = 1_000;

/** What is wrong with the newest acts, as far as can be told by reading them whole; null: nothing. */
export const tailProblem =
  (dialect: Dialect) =>
  async (run: RunSql, end: number): Promise<string | null> => {
    try {
      await readActs({ run, dialect }, { after: end - ACTS, first: ACTS });
      return null;
    } catch (error) {
      // A column that is not there yet is a matter of the migrations, which have not run when this is read.
      if (codeOf(error) === "SQLITE_ERROR") return null;
      if (codeOf(error) !== null) throw error;
      return `an act among the last ${ACTS} can't be read`;
    }
  };
