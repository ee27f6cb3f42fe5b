import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ClientConfig } from "../config.ts";
import { ScopewardenClient } from "./client.ts";
import { badUsage } from "./exit.ts";
import { type Io, printLines } from "./terminal.ts";

export interface ConnectOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly timeout: string;
}

const DEFAULT_URL = "http://127.0.0.1:4000";

/** What commands that ask a running service have in common. */
export function withConnection(command: Command): Command {
  return command
    .option("--url <url>", `address of the service (default: SCOPEWARDEN_URL, or ${DEFAULT_URL})`)
    .option(
      "--key-file <file>",
      "file that holds the key (default: the key in SCOPEWARDEN_KEY); there is no option for the key itself, as every user of the machine can see the options of a process",
    )
    .option("--timeout <seconds>", "how long to wait for an answer", "30");
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw badUsage("The address must begin with http:// or https://. Check --url and SCOPEWARDEN_URL.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw badUsage("The address must have no user name, password, query or fragment. Check --url and SCOPEWARDEN_URL.");
  return url;
}

async function keyOf(options: ConnectOptions, config: ClientConfig): Promise<string> {
  const { keyFile } = options;
  let text = config.key;
  if (keyFile !== undefined) {
    text = await readFile(keyFile, "utf8").catch(() => {
      throw badUsage(`The key file ${keyFile} can't be read.`);
    });
  }
  const key = text?.trim() ?? "";
  if (key === "")
    throw badUsage("There is no key. Set SCOPEWARDEN_KEY, or name a file that holds one with --key-file.");
  if (!/^[\x21-\x7e]{1,8192}$/.test(key))
    throw badUsage("The key has characters that no key has. Was the right file or variable used?");
  return key;
}

/** @throws CliError for an address or a key that can't be right. */
export async function connect(
  options: ConnectOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ScopewardenClient> {
  const url = urlOf(options.url ?? deps.config.url ?? DEFAULT_URL);
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= 600)) throw badUsage("--timeout must be from 1 to 600 seconds.");
  const key = await keyOf(options, deps.config);
  if (url.protocol === "http:" && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)) {
    printLines(deps.io.stderr, [
      `Warning: ${url.origin} is asked without TLS; whoever is on the way can read the key.`,
    ]);
  }
  return new ScopewardenClient({ url, key, timeoutMs: seconds * 1000 });
}
