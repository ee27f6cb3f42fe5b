import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { badUsage } from "./exit.ts";
import type { Io } from "./terminal.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** The bytes of a regular file. A pipe that nobody writes to, or a device, would be waited for without end. */
async function readRegular(file: string): Promise<Uint8Array> {
  // Without O_NONBLOCK the opening of a pipe itself waits for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {
    throw badUsage(`The file ${file} can't be read.`);
  });
  try {
    const found = await handle.stat();
    if (found.isDirectory()) throw badUsage(`${file} is a folder: name the files in it.`);
    if (!found.isFile()) throw badUsage(`${file} is a pipe or a device, not a file: to read standard input, write -.`);
    if (found.size > MAX_BYTES) throw badUsage(`The file ${file} has more than ${MAX_BYTES} bytes.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The text of a file; of standard input for `-`. @throws CliError for what can't be read, is too large or is no UTF-8. */
export async function readText(file: string, stdin: Io["stdin"]): Promise<string> {
  let bytes: Uint8Array;
  if (file === "-") {
    const parts: Uint8Array[] = [];
    for await (const part of stdin) parts.push(part);
    bytes = Buffer.concat(parts);
  } else {
    bytes = await readRegular(file);
  }
  if (bytes.length > MAX_BYTES) throw badUsage(`The file ${file} has more than ${MAX_BYTES} bytes.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badUsage(`The file ${file} is not UTF-8 text.`);
  }
}
