import type { RunSql } from "../database/connection.ts";
import { dialectOf } from "../database/dialectOf.ts";
import { codeOf, describe } from "../database/faults.ts";
import type { ReadContents } from "../database/file/checkFile.ts";
import { hasSchema } from "../database/schema.ts";
import { directoryProblem } from "../directory/directoryProblem.ts";
import { tailProblem } from "../journal/tailProblem.ts";
import { policyProblem } from "../policy/policyProblem.ts";
import { treeProblem } from "../record/treeProblem.ts";

/** Reads what decisions are made from, and the newest acts, as the service would; of a database in a file. */
export const readContents: ReadContents = async (run: RunSql, { path, end, isLate }) => {
  const on = { run, dialect: dialectOf(`sqlite:${path}`) };
  // One that has no schema is a new file.
  if (!(await hasSchema(on))) return { problem: null, whole: true };
  try {
    const problem =
      (await policyProblem(on, isLate)) ??
      (await directoryProblem(on, isLate)) ??
      (end > 0 ? await tailProblem(on, end) : null) ??
      (end > 0 ? await treeProblem(on) : null);
    return problem === "late" ? { problem: null, whole: false } : { problem, whole: true };
  } catch (error) {
    // A table of the schema is not there.
    if (codeOf(error) === "SQLITE_ERROR") return { problem: describe(error), whole: true };
    throw error;
  }
};
