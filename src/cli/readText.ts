import { readFile } from "node:fs/promises";
import { badUsage } from "./exit.ts";
import type { Io } from "./terminal.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** The text of a file; of standard input for `-`. @throws CliError for what can't be read, is too large or is no UTF-8. */
export async function readText(file: string, stdin: Io["stdin"]): Promise<string> {
  let bytes: Uint8Array;
  if (file === "-") {
    const parts: Uint8Array[] = [];
    for await (const part of stdin) parts.push(part);
    bytes = Buffer.concat(parts);
  } else {
    bytes = await readFile(file).catch(() => {
      throw badUsage(`The file ${file} can't be read.`);
    });
  }
  if (bytes.length > MAX_BYTES) throw badUsage(`The file ${file} has more than ${MAX_BYTES} bytes.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badUsage(`The file ${file} is not UTF-8 text.`);
  }
}
