import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { checkFile, UnreadableFile } from "../database/file/checkFile.ts";
import type { Finding } from "../database/file/findings.ts";
import { readContents } from "./databaseContents.ts";

/** This file, to be run as a process that checks the database whose path it is given, and tells what it found. */
export const CHECK_IN_CHILD = fileURLToPath(import.meta.url);

if (process.argv[1] === CHECK_IN_CHILD && process.send !== undefined) {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Where this is not permitted it runs as others do.
  }
  process.on("disconnect", () => process.exit());
  const findings = await checkFile({ path: process.argv[2] ?? "", readContents }).then(
    (check) => check.findings,
    (error: unknown): readonly Finding[] => {
      // A page that a running service can't read may be one that it needs: it stops, as for damage.
      if (error instanceof UnreadableFile && !error.isFull) return [{ kind: "DAMAGED", detail: error.message }];
      throw error;
    },
  );
  process.send({ findings }, () => process.disconnect());
}
