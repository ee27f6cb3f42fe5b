import type { Command } from "commander";
import { VARIABLES } from "../config.ts";

const settings = VARIABLES.map(
  ({ name, default: value, description }) => `  ${name}${value === null ? "" : ` (${value})`}\n      ${description}`,
).join("\n");

const HELP = `
It is configured by the environment:
${settings}

Ctrl-C or SIGTERM stops it, with everything in flight finished. Exit codes: 0 stopped, 1 it could not start or not
finish in time, 2 the configuration is not valid.

Examples:
  $ scopewarden serve
  $ PORT=8080 DATABASE_URL=postgres://db/scopewarden scopewarden serve`;

export function addServe(program: Command): Command {
  return program.command("serve").description("Starts the service.").addHelpText("after", HELP);
}

/** Returns when the service is up; a signal ends the process. */
export async function serveUntilStopped(): Promise<void> {
  const [{ runApp }, { createLog }, { readSettings }] = await Promise.all([
    import("../app.ts"),
    import("../process/log.ts"),
    import("../settings.ts"),
  ]);
  const config = await readSettings();
  await runApp(config, { log: createLog({ level: config.logLevel }) });
}
