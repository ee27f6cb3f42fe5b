import { runApp } from "./app.ts";
import { type Config, ConfigError } from "./config.ts";
import { createLog } from "./process/log.ts";
import { readSettings } from "./settings.ts";

async function settings(): Promise<Config> {
  try {
    return await readSettings();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(2); // As `scopewarden serve` does.
  }
}

const config = await settings();
await runApp(config, { log: createLog({ level: config.logLevel }) });
