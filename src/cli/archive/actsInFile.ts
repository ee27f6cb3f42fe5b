import { type ExportedAct, isBeginLine, isEndLine, readExportLine } from "../../domain/record/exportLine.ts";
import { badUsage } from "../exit.ts";
import { linesOf } from "../verifyFile.ts";

/** The acts of an archive, or of an export of the whole record, in parts. @throws CliError where a line is none */
export async function* actsInFile(file: string): AsyncGenerator<readonly ExportedAct[]> {
  let line = 0;
  for await (const part of linesOf(file, () => undefined)()) {
    const acts: ExportedAct[] = [];
    for (const text of part) {
      line++;
      if ((line === 1 && isBeginLine(text)) || isEndLine(text)) continue;
      const act = readExportLine(text);
      if (act === null)
        throw badUsage(`${file} is no archive, and no export of the whole record: line ${line} is no act.`);
      acts.push(act);
    }
    yield acts;
  }
}
