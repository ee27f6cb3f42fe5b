import { rename } from "node:fs/promises";
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { machineCaller } from "../domain/callers/callerName.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { checkpointKeyAct } from "../domain/record/acts.ts";
import { createRecordProofs } from "../domain/record/tree/recordProofs.ts";
import type { NoteSigner } from "../domain/record/tree/signedNote.ts";
import { badUsage, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { openBeside } from "./openBeside.ts";
import { type Io, printLines } from "./terminal.ts";
import { whoRuns } from "./whoRuns.ts";

interface RotateOptions {
  readonly reason: string;
}

const HELP = `
Makes another private key for checkpoints of the record, in the place of the one that there is; a service that is running takes it up
by itself. That it was done, why, and by which user of which machine stands on record. Where the old key is still there, it signs a
last checkpoint over that, so that who has the old public key can trust the new one. Keep the new one beside it.

Exit codes: 0 done; 2 the options or the configuration are not valid; 3 the database can't be used.

Example:
  $ scopewarden rotate-checkpoint-key --reason "Once a year"`;

export function addRotateCheckpointKey(program: Command): Command {
  return program
    .command("rotate-checkpoint-key")
    .description("Makes another key for checkpoints of the record.")
    .requiredOption("--reason <text>", "why; it is kept on record")
    .addHelpText("after", HELP);
}

export async function rotateCheckpointKey({ reason }: RotateOptions, io: Io): Promise<ExitCode> {
  if (reason.trim() === "" || reason.length > 2_000) throw badUsage("--reason must have 1 to 2000 characters.");
  const { checkpoints } = loadConfig();
  const [keys, { newNoteKey, noteSigner }, { writeSecret }, { newId }] = await Promise.all([
    import("../process/checkpoints/checkpointSigner.ts"),
    import("../process/noteKeys.ts"),
    import("../process/secretFile.ts"),
    import("../process/ids.ts"),
  ]);
  const { storage, close } = await openBeside(io);
  try {
    const { record } = storage;
    const place = { ...checkpoints, storage };
    const current = keys.currentKey(await record.keys());
    if (current === null) throw badUsage("There is no key yet: the first start of the service makes one.");
    const name = checkpoints.origin ?? keys.keyName(current);
    const pem = newNoteKey();
    const { publicKey } = noteSigner(name, pem);
    const old = await oldSigner(
      () => keys.readCheckpointKey(place, false),
      (text) => noteSigner(keys.keyName(current), text),
    );
    const at = Date.now();
    const author = machineCaller(whoRuns());
    await storage.recordAct(
      checkpointKeyAct(newId(), { event: "ROTATED", before: current.publicKey, publicKey, at, author, text: reason }),
    );
    const isOwn = old !== null && old.publicKey === current.publicKey;
    await record.untilGrown();
    if (isOwn) await createRecordProofs({ store: record, signer: async () => old, clock: Date.now }).sign();
    const path = keys.checkpointKeyFile(place);
    if (path !== null) await writeSecret(`${path}.new`, pem);
    const secret = path === null ? { name: keys.CHECKPOINT_SECRET, value: pem } : null;
    await record.rotateKey({ publicKey, madeAt: at, secret });
    // Not before: until then what stands there is the key of the record.
    if (path !== null) await rename(`${path}.new`, path);
    printLines(io.stdout, [
      publicKey,
      ...(isOwn ? [] : ["The old key was not there: who has its public key alone can't follow to this one."]),
    ]);
    return EXIT.ok;
  } catch (error) {
    throw error instanceof ScopewardenError ? unavailable(error.message) : error;
  } finally {
    await close();
  }
}

/** Null: the private key is gone, or none. */
async function oldSigner(
  read: () => Promise<string | null>,
  made: (pem: string) => NoteSigner,
): Promise<NoteSigner | null> {
  try {
    const pem = await read();
    return pem === null ? null : made(pem);
  } catch {
    return null;
  }
}
