import { existsSync } from "node:fs";
import { dialectOf } from "./dialectOf.ts";

/** The path of a database that is a file and is not there; null: it is there, or a server has it. Makes nothing. */
export function missingFile(url: string): string | null {
  const { file } = dialectOf(url);
  return file === null || existsSync(file) ? null : file;
}
