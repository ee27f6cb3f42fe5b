import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CallerRole } from "../domain/callers/types.ts";
import { quoted, shellWord } from "./shellWord.ts";

const FILE = "data/demo-keys.env";

/** The variable that holds the key of a role. */
export const keyVariable = (role: CallerRole): string => `DEMO_${role.toUpperCase()}_KEY`;

/** The command that reads the file, wherever the shell is. */
export const sourceCommand = (path: string): string => `. ${shellWord(path)}`;

/**
 * Leaves the address and the keys in a file for a shell to `source`, which only this user can read. The one of the
 * demo before, whose keys no longer work, is replaced. Returns its path. `tokens`: what belongs to the guard, by variable; empty: there is none.
 */
export async function writeDemoKeys(
  url: string,
  keys: ReadonlyMap<CallerRole, string>,
  tokens: ReadonlyMap<string, string>,
): Promise<string> {
  const path = resolve(FILE);
  const lines = [
    "# Of `scopewarden demo`; written anew at each of its starts. The keys are valid for 24 hours.",
    `export SCOPEWARDEN_URL=${quoted(url)}`,
    "# What `scopewarden ask decision` and `ask bundle` use: the key of the role service.",
    `export SCOPEWARDEN_KEY=${quoted(keys.get("service") ?? "")}`,
    ...[...keys].map(([role, key]) => `export ${keyVariable(role)}=${quoted(key)}`),
    ...(tokens.size === 0 ? [] : ["# The guarded FHIR store, and access tokens for it, valid for an hour."]),
    ...[...tokens].map(([variable, value]) => `export ${variable}=${quoted(value)}`),
  ];
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  await rename(fresh, path);
  return path;
}
