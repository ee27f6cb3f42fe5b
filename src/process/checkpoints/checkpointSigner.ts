import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Clock } from "../../domain/kernel/ports.ts";
import type { NoteSigner } from "../../domain/record/tree/signedNote.ts";
import type { CheckpointKey, RecordStore } from "../../domain/record/tree/store.ts";
import type { Log } from "../log.ts";
import { newNoteKey, noteSigner } from "../noteKeys.ts";
import { isThereAlready, writeSecret } from "../secretFile.ts";

/** The name of the private key where the database has it. */
export const CHECKPOINT_SECRET = "checkpoint-key";

export interface CheckpointKeyPlace {
  /** The file of the private key; null: where the database is. */
  readonly keyFile: string | null;
  /** What the record is called; null: as the current key says, or what is made up with the first one. */
  readonly origin: string | null;
  readonly storage: {
    readonly file: string | null;
    readonly record: Pick<RecordStore, "keys" | "addFirstKey">;
    sharedSecret(name: string, make: () => string): Promise<string>;
  };
}

const isAbsent = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

export const currentKey = (keys: readonly CheckpointKey[]): CheckpointKey | null =>
  keys.find(({ untilSize }) => untilSize === null) ?? null;

export const checkpointKeyFile = ({ keyFile, storage }: CheckpointKeyPlace): string | null =>
  keyFile ?? (storage.file === null ? null : `${storage.file}.checkpoint-key`);

/** The private key in PEM; null: there is none, and `make` says not to make one. */
export async function readCheckpointKey(place: CheckpointKeyPlace, make: boolean): Promise<string | null> {
  const path = checkpointKeyFile(place);
  if (path === null) return place.storage.sharedSecret(CHECKPOINT_SECRET, newNoteKey);
  const read = (): Promise<string> => readFile(path, "utf8");
  try {
    return await read();
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  if (!make) return null;
  try {
    await writeSecret(path, newNoteKey());
  } catch (error) {
    // Another instance was faster.
    if (!isThereAlready(error)) throw error;
  }
  return read();
}

export const keyName = ({ publicKey }: CheckpointKey): string => publicKey.slice(0, publicKey.indexOf("+"));

/**
 * Answers with what signs checkpoints: the key of the record, which is made where there never was one. Null, with a word in the log,
 * where the private key is not that of the record's current public key: nothing is then signed, and decisions go on.
 */
export function createCheckpointSigner(
  deps: CheckpointKeyPlace & { readonly clock: Clock; readonly log: Log },
): () => Promise<NoteSigner | null> {
  const { clock, log, origin, storage } = deps;
  const { record } = storage;
  let signer: NoteSigner | null = null;
  let told = "";

  function refuse(message: string): null {
    if (message !== told) log.error({ file: checkpointKeyFile(deps) ?? "the database" }, message);
    told = message;
    return null;
  }

  async function load(known: CheckpointKey | null): Promise<NoteSigner | null> {
    const pem = await readCheckpointKey(deps, known === null);
    if (pem === null)
      return refuse(
        "the private key of checkpoints is gone; none are signed until it is back, or scopewarden record rotate-checkpoint-key was run",
      );
    const name = origin ?? (known === null ? `scopewarden-${randomBytes(6).toString("hex")}` : keyName(known));
    let own: NoteSigner;
    try {
      own = noteSigner(name, pem);
    } catch {
      return refuse("the private key of checkpoints is no Ed25519 key in PEM; none are signed");
    }
    if (known === null) {
      try {
        await record.addFirstKey({ publicKey: own.publicKey, madeAt: clock(), sinceSize: 0 });
        log.info({ publicKey: own.publicKey }, "the record has a key: keep this public key where nobody can change it");
        return own;
      } catch (error) {
        if (!(error instanceof ScopewardenError && error.code === "CONFLICT")) throw error;
        return load(currentKey(await record.keys()));
      }
    }
    if (own.publicKey === known.publicKey) return own;
    return refuse(
      "the private key of checkpoints, or SCOPEWARDEN_CHECKPOINT_ORIGIN, is not that of the record; none are signed until it is, or scopewarden record rotate-checkpoint-key was run",
    );
  }

  return async () => {
    const known = currentKey(await record.keys());
    if (signer !== null && signer.publicKey === known?.publicKey) return signer;
    signer = await load(known);
    if (signer !== null) told = "";
    return signer;
  };
}
