import { readFile, rename, rm } from "node:fs/promises";
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
  readonly withoutOldKey?: boolean;
}

const HELP = `
Makes another private key for checkpoints of the record, in the place of the one that there is; a service that is running takes it up
by itself. That it was done, why, and by which user of which machine stands on record. Where the old key is still there, it signs a
last checkpoint over that, so that who has the old public key can trust the new one. Keep the new one beside it. Where the old key is
lost, --without-old-key goes on without. A rotation that broke off is finished by the next one.

Exit codes: 0 done; 2 the options or the configuration are not valid; 3 the database can't be used.

Example:
  $ scopewarden record rotate-checkpoint-key --reason "Once a year"`;

export function addRotateCheckpointKey(program: Command): Command {
  return program
    .command("rotate-checkpoint-key")
    .description("Makes another key for checkpoints of the record.")
    .requiredOption("--reason <text>", "why; it is kept on record")
    .option("--without-old-key", "go on where the old private key is lost, so that it can't vouch for the new one")
    .addHelpText("after", HELP);
}

export async function rotateCheckpointKey({ reason, withoutOldKey = false }: RotateOptions, io: Io): Promise<ExitCode> {
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
    const path = keys.checkpointKeyFile(place);
    const fresh = `${path}.new`;
    const keyIn = (read: () => Promise<string | null>) =>
      signerOf(read, (text) => noteSigner(keys.keyName(current), text));
    if (path !== null && (await keyIn(() => readFile(fresh, "utf8")))?.publicKey === current.publicKey) {
      await rename(fresh, path);
      printLines(io.stdout, [current.publicKey, "An earlier rotation had broken off, and is finished with this key."]);
      return EXIT.ok;
    }
    const old = await keyIn(() => keys.readCheckpointKey(place, false));
    const isOwn = old?.publicKey === current.publicKey;
    if (!isOwn && !withoutOldKey)
      throw badUsage(
        "The private key of the record is not where the configuration says, so it can't vouch for another one.",
        "Set SCOPEWARDEN_CHECKPOINT_KEY as the service has it; or, where the key is lost, add --without-old-key.",
      );
    const pem = newNoteKey();
    const { publicKey } = noteSigner(checkpoints.origin ?? keys.keyName(current), pem);
    // Before anything is on record: where it can't be written there was no rotation.
    if (path !== null) {
      const written = rm(fresh, { force: true }).then(() => writeSecret(fresh, pem));
      await written.catch((error: unknown) => {
        throw unavailable(
          `The new key can't be written to ${fresh}.`,
          error instanceof Error ? error.message : String(error),
        );
      });
    }
    const at = Date.now();
    const author = machineCaller(whoRuns());
    await storage.recordAct(
      checkpointKeyAct(newId(), { event: "ROTATED", before: current.publicKey, publicKey, at, author, text: reason }),
    );
    await record.untilGrown();
    if (isOwn) await createRecordProofs({ store: record, signer: async () => old, clock: Date.now }).sign();
    const secret = path === null ? { name: keys.CHECKPOINT_SECRET, value: pem } : null;
    await record.rotateKey({ publicKey, madeAt: at, secret });
    // Not before: until then what stands there is the key of the record.
    if (path !== null) await rename(fresh, path);
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
async function signerOf(
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
