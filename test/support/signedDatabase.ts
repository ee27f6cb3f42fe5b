import { Writable } from "node:stream";
import { verify } from "../../src/cli/verifyCommand.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { followed, sign, signer } from "./archives.ts";

/** Signs all that is on record, by a key that the database names; answers with the note. */
export async function signAll(storage: Storage): Promise<string> {
  if ((await storage.record.keys()).length === 0)
    await storage.record.addFirstKey({ publicKey: signer.publicKey, madeAt: 1, sinceSize: 0 });
  await followed(storage);
  return (await sign(storage))?.note ?? "";
}

/** Runs `scopewarden record verify` of a database in this process, with the key that signed it. */
export async function verifyHere(url: string, options: Partial<Parameters<typeof verify>[0]> = {}) {
  let [stdout, stderr] = ["", ""];
  const io = {
    stdin: (async function* () {})(),
    stdout: {
      write(text: string) {
        stdout += text;
      },
    },
    stderr: new Writable({
      write(text, _, done) {
        stderr += text;
        done();
      },
    }),
  };
  const code = await verify({ database: url, publicKey: [signer.publicKey], checkpoint: [], ...options }, io);
  return { code, stdout, stderr };
}
