import type { TrustedKey } from "../../domain/record/verify/checkpointCheck.ts";
import type { ExportVerification } from "../../domain/record/verify/verifyExport.ts";
import { CliError, EXIT } from "../exit.ts";
import { shellWord } from "../shellWord.ts";
import type { Io } from "../terminal.ts";
import { verifiedFile } from "../verifyFile.ts";

/** An archive, or an export of the whole record, once it has proved itself. @throws CliError where it does not */
export async function provedFile(file: string, keys: readonly TrustedKey[], io: Io): Promise<ExportVerification> {
  const proof = await verifiedFile(file, { keys, elsewhere: [] }, io);
  const given = keys.map(({ publicKey }) => `--public-key ${shellWord(publicKey)}`);
  if (proof.findings.length > 0 || proof.signedSize < proof.size)
    throw new CliError(
      EXIT.refused,
      `${file} is not what was signed, or not all of it is.`,
      `Ask what is wrong: scopewarden record verify --file ${shellWord(file)} ${given.join(" ")}`,
    );
  return proof;
}
