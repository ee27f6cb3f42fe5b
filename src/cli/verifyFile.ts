import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type ExportBegin, readExportBegin } from "../domain/record/exportLine.ts";
import type { TrustedKey } from "../domain/record/verify/checkpointCheck.ts";
import { erasedText, findingText, moreText } from "../domain/record/verify/finding.ts";
import { lineFindingText } from "../domain/record/verify/lineOrder.ts";
import type { ExportVerification, FileLines, Unverifiable } from "../domain/record/verify/verifyExport.ts";
import { badUsage, type CliError, EXIT, type ExitCode } from "./exit.ts";
import { startProgress } from "./progress.ts";
import { count, type Io, printJson, printLines } from "./terminal.ts";

/** Bytes that are read at once: some hundred acts. */
const PART = 256 * 1024;

const WHY: { readonly [Reason in Unverifiable]: readonly string[] } = {
  NO_EXPORT: [
    "is no archive, and no export of the whole record as NDJSON.",
    "Other formats, and a single decision, are proved by inclusionProof.",
  ],
  PART: [
    "has a part of the record, acts of some kinds or of some time, and proves nothing by itself.",
    "Verify an export without --kind, --from and --to; a single decision is proved by inclusionProof and scopewarden record verify-proof.",
  ],
  CUT: [
    "was cut: the line that ends an export is gone.",
    "Go on with scopewarden record export --resume, or export anew.",
  ],
};
/** What an archive has is in the database no longer. */
const CUT_ARCHIVE = [
  "was cut: the line that ends an archive is gone.",
  "It can't be made again: take another copy, of the SHA-256 that scopewarden record verify tells of it.",
];

/** What a file that ends early may be as well. */
const EARLIER =
  "A file that was made before a checkpoint was signed has no more: then give --checkpoint those that were signed up to its day.";

/** The lines of a file, with how many bytes of it were read in all. A line ends with a line feed alone: texts of acts may have other breaks. */
export function linesOf(file: string, progress: (bytes: number) => void): FileLines {
  let bytes = 0;
  return async function* () {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let rest = "";
    for await (const part of createReadStream(file, { highWaterMark: PART })) {
      bytes += (part as Buffer).length;
      progress(bytes);
      const lines = (rest + decoder.decode(part as Buffer, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield lines;
    }
    rest += decoder.decode();
    // What comes after the last line feed is a line that was cut.
    if (rest !== "") yield [rest];
  };
}

function reportOf(verification: ExportVerification): readonly string[] {
  const { checkpoints, erased, findings, first, month, more, root, signedSize, size, uncompared } = verification;
  if (findings.length > 0) {
    const isShort = findings.some((found) => "finding" in found && found.finding.kind === "CUT_TAIL");
    return [
      ...findings.map((found) => {
        if (!("finding" in found)) return lineFindingText(found);
        return `${found.line === null ? "" : `line ${found.line}: `}${findingText(found.finding)}`;
      }),
      ...moreText(more),
      ...(isShort ? [EARLIER] : []),
    ];
  }
  if (signedSize === 0) return ["No checkpoint was signed over what the file has: it proves nothing yet."];
  const what = month === null ? "The file has the record" : `The file has ${month} of the record`;
  const acts = first === 0 ? count(size, "act") : `acts number ${first + 1} to ${size}`;
  return [
    `${what} as it was signed: ${acts}, ${count(checkpoints, "checkpoint")}, root ${root}.`,
    ...(first === 0 ? [] : ["What was before is in archives of its own."]),
    ...(uncompared === 0
      ? []
      : [`${count(uncompared, "checkpoint")} of yours is of other acts, and was not compared.`]),
    ...(signedSize < size ? [`The last ${count(size - signedSize, "act")} of them no checkpoint has yet.`] : []),
    ...(erased > 0 ? [erasedText(erased, month === null)] : []),
  ];
}

/** The first line of a file, where it is one that stands before acts of an archive, or of what archives have left; null: it is none. */
async function beginOf(file: string): Promise<ExportBegin | null> {
  for await (const [first = ""] of linesOf(file, () => undefined)()) return readExportBegin(first);
  return null;
}

/** Why a file can't be verified, and what to do. */
async function unverifiable(file: string, reason: Unverifiable): Promise<CliError> {
  const begin = await beginOf(file);
  const why = reason === "NO_EXPORT" && begin !== null ? "CUT" : reason;
  const isArchive = begin !== null && begin.month !== null;
  const [what = "", ...next] = why === "CUT" && isArchive ? CUT_ARCHIVE : WHY[why];
  return badUsage(`${file} ${what}`, ...next);
}

/** Compares what a file has with what was signed. @throws CliError where it is no whole export, or no archive */
export async function verifiedFile(
  file: string,
  given: { readonly keys: readonly TrustedKey[]; readonly elsewhere: readonly string[] },
  io: Io,
): Promise<ExportVerification> {
  if (given.keys.length === 0)
    throw badUsage("--public-key is needed: a file proves nothing by a key that comes with it.");
  const [{ verifyExport }, { recordHash }, { noteVerifier }] = await Promise.all([
    import("../domain/record/verify/verifyExport.ts"),
    import("../process/recordHash.ts"),
    import("../process/noteKeys.ts"),
  ]);
  const unreadable = () => badUsage(`${file} can't be read.`);
  const { size: bytes } = await stat(file).catch(() => Promise.reject(unreadable()));
  // It is gone through twice: first for the order of its lines.
  const bar = await startProgress(2 * bytes, "bytes", io.stderr);
  const verification = await verifyExport({
    ...given,
    lines: linesOf(file, bar.update),
    hash: recordHash,
    readKey: noteVerifier,
  })
    .catch((error: unknown) => Promise.reject(error instanceof Error && "code" in error ? unreadable() : error))
    .finally(bar.stop);
  if (typeof verification === "string") throw await unverifiable(file, verification);
  return verification;
}

/** Proves an export from its file alone. @throws CliError */
export async function verifyFile(
  file: string,
  { json, ...given }: Parameters<typeof verifiedFile>[1] & { readonly json: boolean },
  io: Io,
): Promise<ExitCode> {
  const verification = await verifiedFile(file, given, io);
  if (json) printJson(io.stdout, verification);
  else printLines(io.stdout, reportOf(verification));
  return verification.findings.length === 0 && verification.signedSize > 0 ? EXIT.ok : EXIT.refused;
}
