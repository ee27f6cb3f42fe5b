import { stat } from "node:fs/promises";
import type { TrustedKey } from "../../domain/record/verify/checkpointCheck.ts";
import type { ExportVerification } from "../../domain/record/verify/verifyExport.ts";
import { badUsage, CliError, EXIT } from "../exit.ts";
import { startProgress } from "../progress.ts";
import { shellWord } from "../shellWord.ts";
import type { Io } from "../terminal.ts";
import { linesOf, unverifiable } from "../verifyFile.ts";

/** An archive, or an export of the whole record, once it has proved itself. @throws CliError where it does not */
export async function provedFile(file: string, keys: readonly TrustedKey[], io: Io): Promise<ExportVerification> {
  if (keys.length === 0) throw badUsage("--public-key is needed: a file proves nothing by a key that comes with it.");
  const [{ verifyExport }, { recordHash }, { noteVerifier }] = await Promise.all([
    import("../../domain/record/verify/verifyExport.ts"),
    import("../../process/recordHash.ts"),
    import("../../process/noteKeys.ts"),
  ]);
  const unreadable = () => badUsage(`${file} can't be read.`);
  const { size } = await stat(file).catch(() => Promise.reject(unreadable()));
  const bar = await startProgress(2 * size, "bytes", io.stderr);
  const lines = linesOf(file, bar.update);
  const proof = await verifyExport({ lines, hash: recordHash, keys, readKey: noteVerifier, elsewhere: [] })
    .catch((error: unknown) => Promise.reject(error instanceof Error && "code" in error ? unreadable() : error))
    .finally(bar.stop);
  if (typeof proof === "string") throw await unverifiable(file, proof);
  const given = keys.map(({ publicKey }) => `--public-key ${shellWord(publicKey)}`);
  if (proof.findings.length > 0 || proof.signedSize < proof.size)
    throw new CliError(
      EXIT.refused,
      `${file} is not what was signed, or not all of it is.`,
      `Ask what is wrong: scopewarden verify --file ${shellWord(file)} ${given.join(" ")}`,
    );
  return proof;
}
