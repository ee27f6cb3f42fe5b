import type { Command } from "commander";
import { clientConfig, configuredFhirVersion } from "../../config.ts";
import { addImportCasbin, importCasbinCommand } from "../casbin/importCasbinCommand.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../terminal.ts";
import { addPolicyApply, policyApply } from "./applyCommand.ts";
import { addPolicyExport, policyExport } from "./exportCommand.ts";
import { addPolicyPlan, policyPlan } from "./planCommand.ts";
import { addPolicyPropose, policyPropose } from "./proposeCommand.ts";
import { addPolicySchema, policySchemaCommand } from "./schemaCommand.ts";
import { addPolicyTest, policyTest } from "./testCommand.ts";

/** `scopewarden policy ...`: policy as code. */
export function addPolicy(program: Command, io: Io, ended: (code: ExitCode) => void): void {
  const policy = program
    .command("policy")
    .description("Keeps the policy of a running service as files: policy as code.");
  addPolicyExport(policy).action(async (dir, options) =>
    ended(await policyExport(dir, options, { config: clientConfig(), io })),
  );
  addPolicyPlan(policy).action(async (dir, options) =>
    ended(await policyPlan(dir, options, { config: clientConfig(), io })),
  );
  addPolicyApply(policy).action(async (dir, options) =>
    ended(await policyApply(dir, options, { config: clientConfig(), io })),
  );
  addPolicyPropose(policy).action(async (dir, options) =>
    ended(await policyPropose(dir, options, { config: clientConfig(), io })),
  );
  addPolicyTest(policy).action(async (files, options) =>
    ended(await policyTest(files, options, { config: clientConfig(), fhirVersion: configuredFhirVersion(), io })),
  );
  addImportCasbin(policy).action(async (options) =>
    ended(await importCasbinCommand(options, { fhirVersion: configuredFhirVersion(), io })),
  );
  addPolicySchema(policy).action((of) => ended(policySchemaCommand(of, io)));
}
