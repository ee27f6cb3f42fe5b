import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a secret into a new file that only this user can read, durably. @throws with code EEXIST where there is one. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether a file was there already; where a folder was to be made, it is another fault of the same code. */
export const isThereAlready = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  error.code === "EEXIST" &&
  "syscall" in error &&
  error.syscall === "open";
