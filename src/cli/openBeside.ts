import type { OpenedDomain } from "../app.ts";
import { loadConfig } from "../config.ts";
import { type CliError, unavailable } from "./exit.ts";
import type { Io } from "./terminal.ts";

/** That the configured database can't be opened, and why. */
export const cantBeUsed = (error: unknown): CliError =>
  unavailable(
    "The database can't be used. Check DATABASE_URL.",
    ...(error instanceof Error ? error.message : String(error)).split("\n"),
  );

/** Opening a database makes one where there is none, which a command that works on one must not do. @throws CliError */
export async function requireDatabase(url: string): Promise<void> {
  const { missingFile } = await import("../storage/missingFile.ts");
  const missing = missingFile(url);
  if (missing !== null) throw unavailable(`There is no database there: ${missing}. Check DATABASE_URL.`);
}

/**
 * The domain on the configured database, for a command beside a service that may be running. `makes`: where there is no database, it makes
 * one. @throws CliError
 */
export async function openBeside(io: Io, { makes = false }: { readonly makes?: boolean } = {}): Promise<OpenedDomain> {
  const config = loadConfig();
  if (!makes) await requireDatabase(config.databaseUrl);
  const [{ openDomain }, { createLog }] = await Promise.all([import("../app.ts"), import("../process/log.ts")]);
  const log = createLog({ level: "warn", destination: io.stderr });
  return openDomain(config, { log, beside: true }).catch((error: unknown) => Promise.reject(cantBeUsed(error)));
}
