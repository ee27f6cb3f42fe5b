#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { startGuard } from "./server.ts";
import type { GuardSettings } from "./settings.ts";

const HELP = `Stands before a FHIR R4 server: what comes out was decided, resource by resource (docs/guard.md).

  scopewarden-guard --upstream URL --base URL [options]
  scopewarden-guard check --upstream URL       # does it answer without credentials?

  --upstream URL               the FHIR server behind
  --base URL                   the address under which clients reach the guard
  --service URL                the service that decides (SCOPEWARDEN_URL; http://127.0.0.1:4000)
  --key-file FILE              its API key of role service (else SCOPEWARDEN_KEY)
  --upstream-headers FILE      what the upstream is shown, such as "authorization: Bearer ...", a line each
  --organization ID            whose the upstream's data is
  --purpose CLIENT=CODE        the purpose of use of a client whose tokens say none; may be repeated
  --link-key-file FILE         seals links to next pages, the same for all guards of one address
  --smart-configuration FILE   what .well-known/smart-configuration answers, JSON
  --forward-auth-from ADDRESS  a proxy that may ask /forward-auth; may be repeated
  --host ADDRESS, --port N     where it listens (127.0.0.1:4080)
  --timeout MS                 for the upstream's answer (10000)

"scopewarden guard" is the same program.

Examples:
  $ SCOPEWARDEN_KEY=... scopewarden-guard --upstream http://127.0.0.1:8080/fhir --base https://fhir.example.org/r4
  $ scopewarden-guard check --upstream http://127.0.0.1:8080/fhir
`;

class Usage extends Error {}

const read = (name: string, path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new Usage(`--${name}: ${path} can't be read`);
  }
};

function address(name: string, text: string | undefined): string {
  if (text === undefined) throw new Usage(`--${name} must be given`);
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" && url.username === "";
  if (url === null || !isPlain)
    throw new Usage(`--${name} must be an http or https URL without user, query and fragment`);
  return url.href.replace(/\/+$/, "");
}

function whole(name: string, text: string, most: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) > most) throw new Usage(`--${name} must be a whole number up to ${most}`);
  return Number(text);
}

/** `name: value`, a line each; what is not said to the upstream is what the guard sets itself. */
function headersIn(text: string): Readonly<Record<string, string>> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([ -~]+)$/.exec(line) ?? [];
      if (name === "") throw new Usage("--upstream-headers: each line must be a name, a colon and a value");
      return [name.toLowerCase(), value.trim()];
    }),
  );
}

function smartIn(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Usage("--smart-configuration must be a file with a JSON object");
}

const OPTIONS = {
  upstream: { type: "string" },
  base: { type: "string" },
  service: { type: "string" },
  "key-file": { type: "string" },
  "upstream-headers": { type: "string" },
  organization: { type: "string" },
  purpose: { type: "string", multiple: true },
  "link-key-file": { type: "string" },
  "smart-configuration": { type: "string" },
  "forward-auth-from": { type: "string", multiple: true },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "4080" },
  timeout: { type: "string", default: "10000" },
  help: { type: "boolean" },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

const MOST_BYTES = 32 * 1024 * 1024;

function settingsOf({ values }: ReturnType<typeof parsed>): GuardSettings {
  const keyFile = values["key-file"];
  const key = keyFile === undefined ? process.env.SCOPEWARDEN_KEY : read("key-file", keyFile);
  if (key === undefined || key === "")
    throw new Usage("--key-file or SCOPEWARDEN_KEY must give the key of role service");
  const purposes = (values.purpose ?? []).map((text) => {
    const at = text.lastIndexOf("=");
    if (at < 1 || at === text.length - 1) throw new Usage("--purpose must be CLIENT=CODE");
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const proxies = values["forward-auth-from"] ?? [];
  const noAddress = proxies.find((text) => isIP(text) === 0);
  if (noAddress !== undefined) throw new Usage(`--forward-auth-from must be an IP address, not ${noAddress}`);
  const { "link-key-file": linkKey, "smart-configuration": smart, "upstream-headers": headers } = values;
  const timeoutMs = whole("timeout", values.timeout, 600_000);
  return {
    upstream: {
      url: address("upstream", values.upstream),
      headers: headers === undefined ? {} : headersIn(read("upstream-headers", headers)),
      timeoutMs,
      maxBytes: MOST_BYTES,
    },
    base: address("base", values.base),
    host: values.host,
    port: whole("port", values.port, 65_535),
    service: { url: values.service ?? process.env.SCOPEWARDEN_URL ?? "http://127.0.0.1:4000", key, timeoutMs: 5000 },
    organization: values.organization ?? null,
    purposes: new Map(purposes),
    linkKey: linkKey === undefined ? null : read("link-key-file", linkKey),
    smart: smart === undefined ? null : smartIn(read("smart-configuration", smart)),
    forwardAuthFrom: new Set(proxies),
    mostLookedAt: 500,
  };
}

/** Whether somebody who knows the upstream's address goes round the guard. */
async function check({ values }: ReturnType<typeof parsed>): Promise<number> {
  const url = address("upstream", values.upstream);
  const response = await fetch(`${url}/Patient?_count=1`, {
    headers: { accept: "application/fhir+json" },
    redirect: "manual",
    signal: AbortSignal.timeout(whole("timeout", values.timeout, 600_000)),
  }).catch(() => null);
  await response?.body?.cancel();
  if (response === null) console.log(`${url} can't be reached.`);
  else if (response.ok)
    console.log(
      `${url} answers without credentials (HTTP ${response.status}): whoever reaches it goes round the guard.`,
    );
  else console.log(`${url} refuses whoever shows no credentials (HTTP ${response.status}).`);
  return response === null ? 3 : response.ok ? 1 : 0;
}

async function run(args: readonly string[]): Promise<number | null> {
  const given = parsed(args);
  if (given.values.help === true) {
    console.log(HELP);
    return 0;
  }
  const [command, ...more] = given.positionals;
  if (command === "check" && more.length === 0) return check(given);
  if (command !== undefined) throw new Usage(`${command} is no command here; see --help`);
  const settings = settingsOf(given);
  const guard = await startGuard(settings, (line) =>
    console.log(JSON.stringify({ at: new Date().toISOString(), ...line })),
  );
  console.log(JSON.stringify({ listening: guard.url, base: settings.base }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void guard.close());
  return null;
}

try {
  const code = await run(process.argv.slice(2));
  if (code !== null) process.exitCode = code;
} catch (error) {
  console.error(error instanceof Usage || error instanceof TypeError ? error.message : error);
  process.exitCode = error instanceof Usage || error instanceof TypeError ? 2 : 1;
}
