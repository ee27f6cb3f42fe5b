import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const { missingFile } = await import("../storage/database/missingFile.ts");
  const missing = missingFile(url);
  if (missing !== null) throw unavailable(`There is no database there: ${missing}. Check DATABASE_URL.`);
}

/** What becomes of a database that is not there: it is asked for, made, or made for as long as the command runs, which then changes nothing. */
type Absent = "REFUSED" | "MADE" | "TRIED";

/** A database in a folder that is thrown away. */
async function databaseToTry(): Promise<{ readonly url: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-"));
  return { url: `sqlite:${join(folder, "try.db")}`, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The domain on the configured database, for a command beside a service that may be running. @throws CliError */
export async function openBeside(
  io: Io,
  { absent = "REFUSED" }: { readonly absent?: Absent } = {},
): Promise<OpenedDomain> {
  const config = loadConfig();
  if (absent === "REFUSED") await requireDatabase(config.databaseUrl);
  const [{ openDomain }, { createLog }, { missingFile }] = await Promise.all([
    import("../app.ts"),
    import("../process/log.ts"),
    import("../storage/database/missingFile.ts"),
  ]);
  const log = createLog({ level: "warn", destination: io.stderr });
  const tried = absent === "TRIED" && missingFile(config.databaseUrl) !== null ? await databaseToTry() : null;
  const databaseUrl = tried?.url ?? config.databaseUrl;
  try {
    const opened = await openDomain({ ...config, databaseUrl }, { log, beside: true });
    return { ...opened, close: () => opened.close().finally(() => tried?.remove()) };
  } catch (error) {
    await tried?.remove();
    throw cantBeUsed(error);
  }
}
