import { startApp } from "./app.ts";
import type { Config } from "./config.ts";
import { closeOnSignals } from "./http/shutdown.ts";
import type { Served, ServeOptions } from "./served.ts";
import { startProblem } from "./startProblem.ts";

async function start(config: Config, options: ServeOptions): Promise<Served> {
  if (config.workers > 1) {
    const { startPrimary } = await import("./workers/primary.ts");
    return startPrimary(config, options);
  }
  const app = await startApp(config, options);
  return { url: app.url, openDomain: async () => app.domain, close: () => app.close() };
}

/** Starts the service and keeps it until a signal; a start that fails says why on standard error and exits with 1. */
export async function serve(config: Config, options: ServeOptions): Promise<Served> {
  try {
    const served = await start(config, options);
    closeOnSignals({ close: () => served.close(), timeoutMs: config.shutdownTimeoutMs, log: options.log });
    return served;
  } catch (error) {
    process.stderr.write(`scopewarden can't start: ${startProblem(error, config)}\n`);
    return process.exit(1);
  }
}
