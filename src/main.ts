import { runApp } from "./app.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { createLog } from "./process/log.ts";

function readConfig(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(2); // As `scopewarden serve` does.
  }
}

const config = readConfig();
await runApp(config, { log: createLog({ level: config.logLevel }) });
