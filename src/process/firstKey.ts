import { unlink } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiKeys } from "../domain/callers/apiKeys.ts";
import { isInForce } from "../domain/callers/keyRoles.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import type { Log } from "./log.ts";
import { isThereAlready, writeSecret } from "./secretFile.ts";

const PATIENCE_MS = 2_000;
const STEP_MS = 100;

/** Whether a key comes into being within a moment: another instance, which wrote the file, may be about to store it. */
async function appears(apiKeys: Pick<ApiKeys, "list">): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
    if ((await apiKeys.list()).length > 0) return true;
    await delay(STEP_MS);
  }
  return false;
}

/**
 * Where there is no key at all, makes the first one and leaves it in the file. What was written for a key that another
 * instance was faster to make is taken away again. A file that is there is never overwritten: it may hold a key that works.
 */
async function makeFirstKey(apiKeys: ApiKeys, path: string, log: Log): Promise<void> {
  let written = false;
  try {
    const made = await apiKeys.createFirst(async ({ key }) => {
      await writeSecret(path, `${key}\n`);
      written = true;
    });
    if (made === null && written) await unlink(path);
    if (made !== null)
      log.warn({ file: path }, "the first key was made: it is in the file, which only this user can read");
  } catch (error) {
    // What was written stays: whether the key works may not be known.
    if (written || !isThereAlready(error)) throw error;
    if (await appears(apiKeys)) return;
    log.warn(
      { file: path },
      "there is no key yet, and none was made, as the file for it exists; delete the file and start again if it is from an earlier time",
    );
  }
}

/**
 * Tells at each start what opens more than one person should, until keys of people have taken its place; and where no key
 * opens what an admin needs.
 */
async function tellOfFirstKey(
  apiKeys: Pick<ApiKeys, "list">,
  { log, clock, adminKey }: { readonly log: Log; readonly clock: Clock; readonly adminKey: string | null },
): Promise<void> {
  if (adminKey !== null)
    log.info("SCOPEWARDEN_ADMIN_KEY holds every role; make a key for each person (createApiKey), then unset it");
  const now = clock();
  const inForce = (await apiKeys.list()).filter((key) => isInForce(key, now));
  if (adminKey === null && !inForce.some(({ roles }) => roles.includes("admin")))
    log.warn("no key in force holds admin; `scopewarden key recover` makes one on the machine");
  for (const { id, allRolesUntil } of inForce) {
    if (allRolesUntil === null) continue;
    log.warn(
      { keyId: id, allRolesUntil: new Date(allRolesUntil).toISOString() },
      "the first key is still in force; make a key for each person (createApiKey), then revoke this one (revokeApiKey)",
    );
  }
}

/** Sees to it that somebody can get in. Run when the port is bound: a start that fails leaves no key that nobody has. */
export async function ensureFirstKey(
  apiKeys: ApiKeys,
  deps: { readonly log: Log; readonly clock: Clock; readonly adminKey: string | null; readonly file: string },
): Promise<void> {
  const { log, clock, adminKey, file } = deps;
  if (adminKey === null) await makeFirstKey(apiKeys, resolve(file), log);
  await tellOfFirstKey(apiKeys, { log, clock, adminKey });
}
