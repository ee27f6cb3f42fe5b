import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { PolicyAdmin } from "../domain/policy/admin.ts";
import { applyOperations } from "../domain/policy/apply.ts";
import type { RowChange } from "../domain/policy/types.ts";
import { badUsage, CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { loadPolicyFiles, type PolicyFiles } from "./policyFiles.ts";
import { planSeed, printChange, printPlanProblems, type SeedPlan } from "./seedPlan.ts";
import { byFirstWord, count, type Io, printJson, printLines } from "./terminal.ts";

export interface SeedOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The demo hospital, beside `src` and beside `dist` alike. */
export const DEMO_HOSPITAL = fileURLToPath(new URL("../../seeds/hospital", import.meta.url));

const HELP = `
The files are one change: all of it is applied, or nothing. It replaces what the files name, and leaves alone what they
do not. Seeding again what is there changes nothing. The format is described in seeds/README.md.
A running service on the same database sees the change within a second or so.

Exit codes: 0 done, or nothing to do; 2 the files, options or configuration are not valid; 3 the database can't be used.

Examples:
  $ scopewarden seed                         # the demo hospital
  $ scopewarden seed policy/ --dry-run       # what would change?
  $ DATABASE_URL=postgres://db/scopewarden scopewarden seed policy/ --reason "Ticket 4711"`;

export function addSeed(program: Command): Command {
  return program
    .command("seed")
    .description("Applies a folder of policy files to the database of DATABASE_URL, as one change.")
    .argument("[dir]", "folder of .yaml files (default: the demo hospital)")
    .option("--reason <text>", "why; it is kept with the change")
    .option("--dry-run", "say what would change, and change nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

export async function readSeedFiles(dir: string): Promise<PolicyFiles> {
  try {
    return await loadPolicyFiles(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      throw badUsage(`${dir} is not a folder. Name one that holds policy files.`);
    throw error;
  }
}

export interface SeedResult {
  readonly revision: number;
  readonly changes: readonly RowChange[];
}

/** Applies the files as one change. No changes: everything was there. */
export async function applySeed(
  files: PolicyFiles,
  deps: { readonly policy: PolicyAdmin; readonly reason: string },
): Promise<SeedResult> {
  const { policy, reason } = deps;
  const base = await policy.refresh();
  const plan = planSeed(files, base);
  if (plan.operations.length === 0) return { revision: base.revision, changes: [] };
  try {
    const { revision, changes } = await policy.apply({
      operations: plan.operations,
      reason,
      expectedRevision: base.revision,
      author: "seed",
    });
    return { revision, changes: revision === base.revision ? [] : changes };
  } catch (error) {
    throw seedError(error, { plan, files });
  }
}

function seedError(error: unknown, about: { readonly plan: SeedPlan; readonly files: PolicyFiles }): unknown {
  if (!(error instanceof ScopewardenError)) return error;
  if (error.code === "BAD_USER_INPUT")
    return badUsage(
      "The policy can't be changed so:",
      ...printPlanProblems(error.problems, about).map((line) => `  ${line}`),
    );
  if (error.code === "CONFLICT")
    return new CliError(
      EXIT.unavailable,
      "Somebody else changed the policy at the same time. Nothing was seeded; run it again.",
    );
  return unavailable(error.message);
}

/** What the files would change, by the same function that changes it. */
async function rehearse(files: PolicyFiles, policy: PolicyAdmin): Promise<SeedResult> {
  const [{ createEngine }, { newId }, base] = await Promise.all([
    import("../engine/engine.ts"),
    import("../process/ids.ts"),
    policy.refresh(),
  ]);
  const plan = planSeed(files, base);
  if (plan.operations.length === 0) return { revision: base.revision, changes: [] };
  const { checkCondition, readCondition } = await createEngine();
  const facts = { now: Date.now(), newId, checkCondition, readCondition };
  const applied = applyOperations(base, plan.operations, facts);
  if (!applied.ok)
    throw seedError(new ScopewardenError("BAD_USER_INPUT", "", { problems: applied.problems }), { plan, files });
  return { revision: base.revision, changes: applied.changes };
}

export async function seed(dir: string | undefined, options: SeedOptions, io: Io): Promise<ExitCode> {
  const from = dir ?? DEMO_HOSPITAL;
  const files = await readSeedFiles(from);
  const config = loadConfig();
  const [{ openDomain }, { createLog }] = await Promise.all([import("../app.ts"), import("../process/log.ts")]);
  const opened = await openDomain(config, {
    log: createLog({ level: "warn", destination: io.stderr }),
    beside: true,
  }).catch((error: unknown) => {
    throw unavailable(
      "The database can't be used. Check DATABASE_URL.",
      ...(error instanceof Error ? error.message : String(error)).split("\n"),
    );
  });
  try {
    const { policy } = opened.domain;
    const dryRun = options.dryRun === true;
    const reason = options.reason ?? (dir === undefined ? "The demo hospital" : `The policy files of ${dir}`);
    const result = dryRun ? await rehearse(files, policy) : await applySeed(files, { policy, reason });
    const { revision, changes } = result;
    if (options.json === true) {
      printJson(io.stdout, {
        revision,
        dryRun,
        changed: changes.length,
        changes: changes.map(({ noun, key, before, after }) => ({
          noun,
          key,
          change: before === null ? "added" : after === null ? "removed" : "changed",
        })),
      });
    } else if (changes.length === 0) {
      printLines(io.stdout, [`Nothing to change: the policy, at revision ${revision}, has all of it.`]);
    } else if (dryRun) {
      printLines(io.stdout, [
        ...changes.map((change) => byFirstWord(printChange(change))),
        `${count(changes.length, "row")} would change; the policy stays at revision ${revision}.`,
      ]);
    } else {
      printLines(io.stdout, [`${count(changes.length, "row")} changed; the policy is now at revision ${revision}.`]);
    }
    return EXIT.ok;
  } finally {
    await opened.close();
  }
}
