import { type Cases, parseCases } from "../../domain/simulation/cases/caseFile.ts";
import { yaml } from "../../yaml/yaml.ts";
import { PolicyFilesError } from "../policyFiles.ts";
import { readText } from "../readText.ts";
import type { Io } from "../terminal.ts";

/** The cases of files, in their order. @throws PolicyFilesError with every problem of every file; CliError */
export async function loadCases(files: readonly string[], io: Io): Promise<Cases> {
  const found: ReturnType<typeof parseCases>[] = [];
  for (const file of files) found.push(parseCases(file, await readText(file, io.stdin), yaml));
  const problems = found.flatMap((one) => one.problems);
  if (problems.length > 0) throw new PolicyFilesError(problems, "The cases are not valid:");
  return {
    cases: found.flatMap((one) => one.cases),
    consents: found.flatMap((one) => one.consents),
    breakGlasses: found.flatMap((one) => one.breakGlasses),
  };
}
