import { type Directory, directoryOf } from "../../domain/directory/directory.ts";
import type { Entity } from "../../domain/directory/entity.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { applyOperations } from "../../domain/policy/apply.ts";
import type { PolicyFiles } from "../../domain/policy/files/policyFile.ts";
import { emptySnapshot, type Snapshot } from "../../domain/policy/snapshot.ts";
import type { FhirVersion } from "../../domain/scopes/fhir.ts";
import { createCaseDecider } from "../../domain/simulation/cases/caseDecider.ts";
import type { Cases } from "../../domain/simulation/cases/caseFile.ts";
import { createEngine } from "../../engine/engine.ts";
import { entitiesIn } from "../entityFile.ts";
import { badUsage } from "../exit.ts";
import { badChange } from "../policyFiles.ts";

/** What files say of subjects and resources. @throws CliError naming the line of what is no entity */
async function directoryIn(files: readonly string[]): Promise<Directory> {
  const entities: Entity[] = [];
  for (const file of files)
    for await (const { entity, line, problems } of entitiesIn(file)) {
      if (entity === null) throw badUsage(`The file ${file} is not valid:`, `  ${file}:${line} ${problems.join("; ")}`);
      entities.push({ ...entity, version: 1 });
    }
  return directoryOf(entities, 1);
}

/** Decides by policy files, in this process. @throws CliError for a policy that would be refused as a whole, naming file and line */
export async function createFileDecider(
  { operations, places }: PolicyFiles,
  {
    fhirVersion,
    ...options
  }: Pick<Cases, "breakGlasses" | "consents"> & {
    readonly fhirVersion: FhirVersion;
    readonly directory: readonly string[];
  },
): Promise<ReturnType<typeof createCaseDecider> & { readonly snapshot: Snapshot }> {
  const { checkCondition, readCondition, ...engine } = await createEngine();
  let rule = 0;
  const applied = applyOperations(emptySnapshot(), operations, {
    // What the files say has come was once to come.
    now: 0,
    newId: () => `rule-${++rule}`,
    checkCondition,
    readCondition,
    fhirVersion,
  });
  if (!applied.ok) throw badChange(applied.problems, places, "The policy would be refused:");
  const { snapshot } = applied;
  const directory = await directoryIn(options.directory);
  try {
    return { snapshot, ...createCaseDecider({ snapshot, directory, engine, now: Date.now(), fhirVersion }, options) };
  } catch (error) {
    throw error instanceof ScopewardenError ? badChange(error.problems, [], "The cases are not valid:") : error;
  }
}
