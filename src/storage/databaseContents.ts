import type { RunSql } from "./database/connection.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { codeOf } from "./database/faults.ts";
import type { ReadContents } from "./database/file/checkFile.ts";
import { directoryProblem } from "./directory/directoryProblem.ts";
import { tailProblem } from "./journal/tailProblem.ts";
import { policyProblem } from "./policy/policyProblem.ts";
import { treeProblem } from "./record/treeProblem.ts";

/** Reads what decisions are made from, and the newest acts, as the service would; of a database in a file. */
export const readContents: ReadContents = async (run: RunSql, { path, end, isLate }) => {
  const on = { run, dialect: dialectOf(`sqlite:${path}`) };
  try {
    const problem =
      (await policyProblem(on, isLate)) ??
      (await directoryProblem(on, isLate)) ??
      (end > 0 ? await tailProblem(on, end) : null) ??
      (end > 0 ? await treeProblem(on) : null);
    return problem === "late" ? { problem: null, whole: false } : { problem, whole: true };
  } catch (error) {
    // A table that is not there yet is a matter of the migrations, which have not run when this is read. A column that is not there is no
    // error: SQLite takes its quoted name for a text.
    if (codeOf(error) === "SQLITE_ERROR") return { problem: null, whole: true };
    throw error;
  }
};
