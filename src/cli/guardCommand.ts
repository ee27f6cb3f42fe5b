import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { unavailable } from "./exit.ts";

/** As it is built: a package of its own, of which nothing is imported but the program itself. */
const GUARD = new URL("../../guard/dist/main.js", import.meta.url);

/** All that stands behind its name is the guard's own, its `--help` as well. */
export function addGuard(program: Command): Command {
  return program
    .command("guard")
    .description("Guards a FHIR server: what comes out was decided, resource by resource.")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
}

/** Returns when it listens, or has said what is wrong. It sets the exit code itself, and a signal ends it. */
export async function guard(args: readonly string[]): Promise<void> {
  const path = fileURLToPath(GUARD);
  if (!existsSync(path)) throw unavailable("The guard is not built here.", "In a checkout: npm run build");
  const [node = process.execPath] = process.argv;
  // It reads its own command line, as if it had been started by its own name.
  process.argv = [node, path, ...args];
  await import(GUARD.href);
}
