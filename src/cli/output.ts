import { open } from "node:fs/promises";
import { badUsage } from "./exit.ts";
import type { Io } from "./terminal.ts";

/** Writes a text to standard output, or to a new file that its owner alone can read. @throws CliError where the file is there or can't be made */
export async function writeOutput(text: string, file: string | undefined, io: Io): Promise<void> {
  if (file === undefined) {
    io.stdout.write(text);
    return;
  }
  const handle = await open(file, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw badUsage(
      error.code === "EEXIST"
        ? `The file ${file} is there already; name another.`
        : `The file ${file} can't be written.`,
    );
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
