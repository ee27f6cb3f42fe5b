import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { App } from "../app.ts";
import { configuredFhirVersion, loadConfig } from "../config.ts";
import type { StoredAct } from "../domain/record/tree/leafEntry.ts";
import { actsInFile } from "./archive/actsInFile.ts";
import { provedFile } from "./archive/provedFile.ts";
import { sourceCommand } from "./demoKeys.ts";
import { badUsage } from "./exit.ts";
import { count, type Io, printLines } from "./terminal.ts";
import { givenKeys } from "./verifyCommand.ts";
import { whoRuns } from "./whoRuns.ts";

interface OpenArchiveOptions {
  readonly publicKey: readonly string[];
  readonly port: string;
}

const HELP = `
Proves archives by the public key, and serves what is in them from a database of its own, in TMPDIR, which is deleted at the end: so the
same commands and queries answer from an archive as from the service (disclosures, export, GraphQL). Its key is an auditor's. Names of
clients, people and organizations are those of the service, and not in an archive: ids stand for them. Nothing that is asked here
stands on record, and nothing can be changed: a legal hold is placed at the service itself.

Ctrl-C stops it. Exit codes: 1 a file is not what was signed, 2 the options are not valid, 3 it could not be opened.

Example:
  $ scopewarden record open-archive /archive/scopewarden-2024-05.ndjson --public-key record.pub`;

const listed = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addOpenArchive(program: Command): Command {
  return program
    .command("open-archive")
    .description("Serves what is in archives, for an auditor's questions.")
    .argument("<files...>", "archives, the oldest first")
    .option(
      "--public-key <key>",
      "a public key of checkpoints, or a file with some, one a line; may be repeated",
      listed,
      [],
    )
    .option("--port <port>", "where it listens on 127.0.0.1; 0: any that is free", "0")
    .addHelpText("after", HELP);
}

async function* actsOf(files: readonly string[]): AsyncGenerator<readonly StoredAct[]> {
  for (const file of files) for await (const acts of actsInFile(file)) yield acts.map(({ act }) => act);
}

/** Whoever placed a legal hold there would take it for one that is in force. */
const READ_ONLY =
  "This is an archive that was opened to be read: nothing can be changed in it. What is to hold or to be on record is for the service itself.";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Leaves address and key in a file for a shell to source. */
async function writeAccess(folder: string, { domain, url }: App): Promise<string> {
  const { key } = await domain.apiKeys.createOnMachine({
    name: "whoever opened the archive",
    roles: ["auditor"],
    // An auditor's key belongs to a person: whoever is at this machine.
    subject: { type: "user", id: whoRuns() },
    defaultClientId: null,
    expiresAt: Date.now() + 30 * DAY_MS,
    by: "open-archive",
    reason: "An archive was opened",
  });
  const path = join(folder, "access.env");
  await writeFile(path, `export SCOPEWARDEN_URL='${url}'\nexport SCOPEWARDEN_KEY='${key}'\n`, {
    mode: 0o600,
    flag: "wx",
  });
  return path;
}

/** Returns when it is up; a signal ends the process. */
export async function openArchive(files: readonly string[], options: OpenArchiveOptions, io: Io): Promise<void> {
  if (!/^\d{1,5}$/.test(options.port) || Number(options.port) > 65_535)
    throw badUsage("--port must be from 0 to 65535.");
  const keys = await givenKeys(options.publicKey);
  const proofs = [];
  for (const file of files) proofs.push(await provedFile(file, keys, io));
  for (const [i, { first }] of proofs.entries())
    if (i > 0 && first < (proofs[i - 1]?.size ?? 0)) throw badUsage("Name the archives in their order, each once.");
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-archive-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, "archive.db")}`;
  const [{ openStorage }, { loadActs }, { runApp }, { createLog }] = await Promise.all([
    import("../storage/storage.ts"),
    import("../storage/archive/loadActs.ts"),
    import("../app.ts"),
    import("../process/log.ts"),
  ]);
  await (await openStorage({ url, clock: Date.now })).close();
  await loadActs(url, actsOf(files));
  const config = loadConfig({
    ...{ SCOPEWARDEN_FHIR_VERSION: configuredFhirVersion(), DATABASE_URL: url, PORT: options.port },
    // What is signed here is another record's, and by a key that goes with it.
    SCOPEWARDEN_CHECKPOINT_ORIGIN: "archive.invalid/opened",
    SCOPEWARDEN_ADMIN_KEY: randomBytes(32).toString("base64url"),
    LOG_LEVEL: "warn",
  });
  const log = createLog({ level: config.logLevel, destination: io.stderr });
  // What is old enough for a file may be old enough to be erased, which would be of the copy.
  const app = await runApp(config, { log, erases: false, readOnly: READ_ONLY });
  const acts = proofs.reduce((sum, { first, size }) => sum + size - first, 0);
  printLines(io.stdout, [
    `${count(acts, "act")} of ${count(files.length, "archive")} can be asked for at ${app.url}, by the key in`,
    sourceCommand(await writeAccess(folder, app)),
    "Nothing can be changed there. Ctrl-C ends it, and deletes what it made.",
  ]);
}
