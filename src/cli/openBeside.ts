import type { OpenedDomain } from "../app.ts";
import { loadConfig } from "../config.ts";
import { unavailable } from "./exit.ts";
import type { Io } from "./terminal.ts";

/** The domain on the configured database, for a command beside a service that may be running. @throws CliError */
export async function openBeside(io: Io): Promise<OpenedDomain> {
  const config = loadConfig();
  const [{ openDomain }, { createLog }] = await Promise.all([import("../app.ts"), import("../process/log.ts")]);
  const log = createLog({ level: "warn", destination: io.stderr });
  return openDomain(config, { log, beside: true }).catch((error: unknown) => {
    throw unavailable(
      "The database can't be used. Check DATABASE_URL.",
      ...(error instanceof Error ? error.message : String(error)).split("\n"),
    );
  });
}
