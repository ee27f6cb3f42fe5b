import type { TrustedKey } from "../../domain/record/verify/checkpointCheck.ts";
import type { ExportVerification } from "../../domain/record/verify/verifyExport.ts";
import { badUsage, CliError, EXIT, type ExitCode } from "../exit.ts";
import { type Io, printJson, printLines } from "../terminal.ts";
import { actsInFile } from "./actsInFile.ts";
import { provedFile } from "./provedFile.ts";

const whatOf = ({ month }: ExportVerification): string => (month === null ? "the record" : `${month} of the record`);

/** Ids of this service are UUIDs, which are written in either case (RFC 9562 section 4). */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Proves one decision by an archive that has it. @throws CliError where the id is none, the file does not prove itself, or does not have it */
export async function decisionInFile(
  file: string,
  { id: given, json, keys }: { readonly id: string; readonly keys: readonly TrustedKey[]; readonly json: boolean },
  io: Io,
): Promise<ExitCode> {
  if (!ID.test(given))
    throw badUsage("--decision must be the id of a decision, such as 018f5c1e-7b2a-7c3d-8e4f-5a6b7c8d9e0f.");
  const id = given.toLowerCase();
  const proof = await provedFile(file, keys, io);
  for await (const acts of actsInFile(file))
    for (const { act, leaf } of acts) {
      if (act.id !== id || act.kind !== "DECISION") continue;
      const [record, personal] = [JSON.parse(act.record), JSON.parse(act.personal)] as const;
      if (json) printJson(io.stdout, { proved: true, index: leaf?.index, size: proof.size, record, personal });
      else
        printLines(io.stdout, [
          `Proved: it is act number ${(leaf?.index ?? 0) + 1}, in ${whatOf(proof)} as it was signed.`,
          `  ${act.record}`,
          ...Object.entries(personal).map(([path, value]) => `  ${path}: ${JSON.stringify(value)}`),
        ]);
      return EXIT.ok;
    }
  throw new CliError(
    EXIT.refused,
    `Refuted: there is no decision ${id} in ${whatOf(proof)}, of which the file has every act from number ${proof.first + 1} to ${proof.size}.`,
  );
}
