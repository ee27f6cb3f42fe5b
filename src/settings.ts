import { configuredIssuers, configuredPlaces } from "./app.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { fileProblem } from "./process/fileProblem.ts";
import { sinkFileProblem } from "./process/sink/rotatingFile.ts";

type Found = string | null | Promise<string | null>;

/** What is wrong with a setting can be seen only where it leads; null: nothing. */
const LEADS: { readonly [name: string]: (config: Config) => Found } = {
  DATABASE_URL: ({ databaseUrl }) =>
    databaseUrl.startsWith("sqlite:") ? fileProblem(databaseUrl.slice("sqlite:".length), "anywhere") : null,
  SCOPEWARDEN_FIRST_KEY_FILE: ({ firstKeyFile }) => fileProblem(firstKeyFile, "not written"),
  SCOPEWARDEN_CHECKPOINT_KEY: ({ checkpoints: { keyFile } }) =>
    keyFile === null ? null : fileProblem(keyFile, "anywhere"),
  SCOPEWARDEN_CHECKPOINT_COPY: ({ checkpoints: { copy } }) =>
    copy?.kind === "FILE" ? fileProblem(copy.path, "in a folder") : null,
  SCOPEWARDEN_SINK_FILE: ({ sinks: { file } }) => (file === null ? null : sinkFileProblem(file.path)),
};

/** What is wrong with the contents of a file that a setting names, each in a sentence of its own that begins with its name. */
const CONTENTS: { readonly [name: string]: (config: Config) => Promise<unknown> } = {
  SCOPEWARDEN_JWT_ISSUERS: configuredIssuers,
  SCOPEWARDEN_PLACE_DATA: (config) => configuredPlaces(config, () => {}),
};

const problemsIn = (reading: Promise<unknown>): Promise<readonly string[]> =>
  reading.then(
    () => [],
    (error: unknown) => (error instanceof ConfigError ? error.problems : Promise.reject(error)),
  );

/**
 * Reads all that configures a service, and looks where it leads, before anything is started.
 * @throws ConfigError naming every variable that is wrong
 */
export async function readSettings(env?: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const { config, problems } = readConfig(env);
  const isUnread = (name: string): boolean => !problems.some(({ path }) => path === name);
  const texts = problems.map(({ message, path }) => `${path} ${message}`);
  for (const [name, problemOf] of Object.entries(LEADS)) {
    const found = isUnread(name) ? await problemOf(config) : null;
    if (found !== null) texts.push(`${name} ${found}`);
  }
  for (const [name, read] of Object.entries(CONTENTS))
    if (isUnread(name)) texts.push(...(await problemsIn(read(config))));
  if (texts.length > 0) throw new ConfigError(texts);
  return config;
}
