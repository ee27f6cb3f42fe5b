import { createHash } from "node:crypto";
import { createReadStream, constants as modes } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { badUsage, unavailable } from "../exit.ts";

/** Its owner alone, and no file that somebody else put in its place by a link. */
const NEW = modes.O_WRONLY | modes.O_CREAT | modes.O_EXCL | modes.O_NOFOLLOW;

/** The SHA-256 of a file, in lower-case hexadecimal. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

async function writeAll(handle: FileHandle, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; ) at += (await handle.write(data, at, data.length - at)).bytesWritten;
}

/** What says that the place is not one to write to; of anything else, such as a full disk, the same command may go well later. */
const OF_THE_PLACE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "ENAMETOOLONG"]);

/** That a name is in its folder outlives a loss of power only when the folder is synced, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
}

/**
 * Writes lines to a file that has another name until all of them are on disk and `check` has looked at it; then it gets its own. One that
 * is there already must be the same, byte by byte: a command before this one had written it, and not come any further.
 * @throws CliError
 */
export async function writeArchiveFile<Written>(
  path: string,
  lines: AsyncGenerator<readonly string[], Written>,
  check: (file: string, written: Written) => Promise<void>,
): Promise<{ readonly sha256: string; readonly written: Written }> {
  const part = `${path}.part`;
  const failed = (error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) return error;
    const text = `${path} can't be written: ${error.code ?? error.message}.`;
    return OF_THE_PLACE.has(error.code ?? "") ? badUsage(text) : unavailable(text);
  };
  try {
    await rm(part, { force: true });
    const handle = await open(part, NEW, 0o600);
    const hash = createHash("sha256");
    let written: Written;
    try {
      for (;;) {
        const next = await lines.next();
        if (next.done === true) {
          written = next.value;
          break;
        }
        const data = Buffer.from(next.value.map((line) => `${line}\n`).join(""), "utf8");
        hash.update(data);
        await writeAll(handle, data);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const sha256 = hash.digest("hex");
    await check(part, written);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere && (await digestOfFile(path)) !== sha256)
      throw badUsage(
        `${path} is there already, and is not the archive of this month.`,
        "Move it away, or name another folder.",
      );
    if (isThere) await rm(part);
    else await rename(part, path);
    await syncFolder(path);
    // From here on the database may let go of it: what is in the place is read once more.
    if ((await digestOfFile(path)) !== sha256) throw unavailable(`${path} is not what was written to it.`);
    return { sha256, written };
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw failed(error as NodeJS.ErrnoException);
  }
}
