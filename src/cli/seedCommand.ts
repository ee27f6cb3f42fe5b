import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Caller } from "../domain/callers/types.ts";
import type { DirectoryAdmin } from "../domain/directory/admin.ts";
import type { Domain } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { PolicyAdmin } from "../domain/policy/admin.ts";
import type { PolicyFiles } from "../domain/policy/files/policyFile.ts";
import type { PolicyPlan } from "../domain/policy/files/policyPlan.ts";
import type { PolicyFinding } from "../domain/policy/finding.ts";
import type { RowChange } from "../domain/policy/types.ts";
import { ENTITY_FILE } from "./entityFile.ts";
import { badUsage, CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { checkEntityFile, loadEntityFile } from "./loadDirectory.ts";
import { openBeside } from "./openBeside.ts";
import { loadCases } from "./policy/caseFiles.ts";
import { printChange } from "./policy/printChange.ts";
import { badChange, loadPolicyFolder, planFiles } from "./policyFiles.ts";
import { byFirstWord, count, type Io, printJson, printLines } from "./terminal.ts";

export interface SeedOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The demo hospital, beside `src` and beside `dist` alike. */
export const DEMO_HOSPITAL = fileURLToPath(new URL("../../seeds/hospital", import.meta.url));
/** What may be asked of it, and what its patients have said. */
const DEMO_CASES = fileURLToPath(new URL("../../seeds/requests.yaml", import.meta.url));

const HELP = `
The files are one change: all of it is applied, or nothing. It replaces what the files name, and leaves alone what they
do not. Seeding again what is there changes nothing. The format is described in seeds/README.md.
A running service on the same database sees the change within a second or so. Under four eyes (SCOPEWARDEN_FOUR_EYES=on)
it sets up a database that has neither policy nor directory; later only what allows nothing more is applied.

Exit codes: 0 done, or nothing to do; 2 the files, options or configuration are not valid; 3 the database can't be used.

Examples:
  $ scopewarden policy seed                         # the demo hospital
  $ scopewarden policy seed policy/ --dry-run       # what would change?
  $ DATABASE_URL=postgres://db/scopewarden scopewarden policy seed policy/ --reason "Ticket 4711"`;

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

export const readSeedFiles = loadPolicyFolder;

export interface SeedResult {
  readonly revision: number;
  readonly changes: readonly RowChange[];
  readonly findings: readonly PolicyFinding[];
}

/** Applies the files as one change, or tries it. No changes: everything was there. */
export async function applySeed(
  files: PolicyFiles,
  deps: { readonly policy: PolicyAdmin; readonly reason: string; readonly dryRun?: boolean },
): Promise<SeedResult> {
  const { policy, reason, dryRun } = deps;
  const base = await policy.refresh();
  const plan = planFiles(files, base, { now: Date.now() });
  if (plan.operations.length === 0) return { revision: base.revision, changes: [], findings: [] };
  try {
    const {
      revision,
      changes = [],
      findings,
    } = await policy.apply({
      operations: plan.operations,
      reason,
      expectedRevision: base.revision,
      author: "seed",
      dryRun,
    });
    if (revision === base.revision) return { revision, changes: [], findings };
    return { revision: dryRun === true ? base.revision : revision, changes, findings };
  } catch (error) {
    throw seedError(error, plan);
  }
}

/**
 * Loads the entities in the files of the folder, `.ndjson` or `.csv`, by the same door as `directory load`; tried, they are
 * only checked. Null: nothing differed.
 */
export async function seedDirectory(
  dir: string,
  deps: { readonly directory: DirectoryAdmin; readonly reason: string; readonly dryRun?: boolean },
): Promise<{ readonly put: number; readonly revision: number } | null> {
  const { directory, reason, dryRun } = deps;
  const files = (await readdir(dir)).filter((name) => ENTITY_FILE.test(name)).sort();
  let [put, revision] = [0, null as number | null];
  for (const name of files) {
    const file = join(dir, name);
    await checkEntityFile({ file });
    if (dryRun === true) continue;
    const loaded = await loadEntityFile({ file }, { directory, author: "seed", reason });
    put += loaded.put;
    revision = loaded.revision ?? revision;
  }
  return revision === null ? null : { put, revision };
}

/** Records what the demo's patients have said: the consents that its cases rest on. @throws PolicyFilesError */
export async function seedConsents(domain: Pick<Domain, "consents">, caller: Caller, io: Io): Promise<void> {
  const { consents } = await loadCases([DEMO_CASES], io);
  for (const { input } of consents) await domain.consents.record(caller, input);
}

function seedError(error: unknown, plan: PolicyPlan): unknown {
  if (!(error instanceof ScopewardenError)) return error;
  if (error.code === "BAD_USER_INPUT") return badChange(error.problems, plan.places);
  if (error.code === "FOUR_EYES_REQUIRED") return badUsage(error.message);
  if (error.code === "CONFLICT")
    return new CliError(
      EXIT.unavailable,
      "Somebody else changed the policy at the same time. Nothing was seeded; run it again.",
    );
  return unavailable(error.message);
}

export async function seed(dir: string | undefined, options: SeedOptions, io: Io): Promise<ExitCode> {
  const from = dir ?? DEMO_HOSPITAL;
  const files = await readSeedFiles(from);
  const opened = await openBeside(io, { absent: options.dryRun === true ? "TRIED" : "MADE" });
  try {
    const { policy, directory } = opened.domain;
    const dryRun = options.dryRun === true;
    const reason = options.reason ?? (dir === undefined ? "The demo hospital" : `The policy files of ${dir}`);
    const result = await applySeed(files, { policy, reason, dryRun });
    const { revision, changes, findings } = result;
    const known = await seedDirectory(from, { directory, reason, dryRun });
    if (options.json === true) {
      printJson(io.stdout, {
        revision,
        directoryRevision: known?.revision ?? null,
        dryRun,
        changed: changes.length,
        changes: changes.map(({ noun, key, before, after }) => ({
          noun,
          key,
          change: before === null ? "added" : after === null ? "removed" : "changed",
        })),
        findings,
      });
    } else if (changes.length === 0) {
      printLines(io.stdout, [`Nothing to change: the policy, at revision ${revision}, has all of it.`]);
    } else if (dryRun) {
      printLines(io.stdout, [
        ...changes.flatMap((change) => printChange(change, findings)).map(byFirstWord),
        `${count(changes.length, "row")} would change; the policy stays at revision ${revision}.`,
      ]);
    } else {
      printLines(io.stdout, [`${count(changes.length, "row")} changed; the policy is now at revision ${revision}.`]);
    }
    if (known !== null && options.json !== true) {
      const entities = known.put === 1 ? "1 entity" : `${known.put} entities`;
      printLines(io.stdout, [`${entities} changed; the directory is now at revision ${known.revision}.`]);
    }
    return EXIT.ok;
  } finally {
    await opened.close();
  }
}
