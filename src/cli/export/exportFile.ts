import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { isObject } from "../../domain/kernel/reader.ts";
import { badUsage } from "../exit.ts";

/** How far an export has come: what it is of, where it goes on, and how many bytes and items of it are on disk. */
interface ExportState {
  readonly asked: string;
  readonly cursor: string;
  readonly bytes: number;
  readonly count: number;
}

/** A file that grows page by page, and beside it how far it is: killed at any time it can go on, byte for byte. */
export interface ExportFile {
  /** Null: it begins. */
  readonly state: ExportState | null;
  /** Adds a page, durably, before it says so beside. */
  add(text: string, to: { readonly cursor: string; readonly items: number }): Promise<void>;
  /** Its count and digest, once it is whole; what stood beside is gone. */
  finish(): Promise<{ readonly count: number; readonly sha256: string }>;
  /** One to which nothing was added is removed: it would be in the way of the next try. */
  close(): Promise<void>;
}

const besideOf = (file: string): string => `${file}.resume`;

/** @throws CliError where there is nothing to go on with, or it is of another export */
async function readState(file: string, asked: string): Promise<ExportState> {
  const text = await readFile(besideOf(file), "utf8").catch(() => {
    throw badUsage(`There is no ${besideOf(file)}: nothing to go on with. Leave out --resume to begin.`);
  });
  let state: unknown = null;
  try {
    state = JSON.parse(text);
  } catch {
    // It is told below.
  }
  const isState = isObject(state) && Number.isSafeInteger(state.bytes) && Number.isSafeInteger(state.count);
  if (!isState || !isObject(state) || typeof state.cursor !== "string")
    throw badUsage(`${besideOf(file)} does not say how far an export is.`);
  if (state.asked !== asked)
    throw badUsage(
      `${file} is another export: of another format, of other kinds, of another time, or from another service.`,
    );
  return state as unknown as ExportState;
}

async function openTo(file: string, state: ExportState | null): Promise<FileHandle> {
  const handle = await open(file, state === null ? "wx+" : "r+", 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST")
      throw badUsage(`The file ${file} is there already. Name another, or go on with it by --resume.`);
    throw badUsage(`The file ${file} can't be written.`);
  });
  if (state !== null && (await handle.stat()).size < state.bytes) {
    await handle.close();
    throw badUsage(`${file} is shorter than ${besideOf(file)} says: it was changed. Begin with another file.`);
  }
  // What came after the last page that was told is not whole, or comes again.
  await handle.truncate(state?.bytes ?? 0);
  return handle;
}

/** `asked`: what the export is of. @throws CliError */
export async function openExportFile(
  file: string,
  { asked, resume }: { readonly asked: string; readonly resume: boolean },
): Promise<ExportFile> {
  const begun = resume ? await readState(file, asked) : null;
  const handle = await openTo(file, begun);
  let [bytes, count] = [begun?.bytes ?? 0, begun?.count ?? 0];
  let isBegun = begun !== null;
  return {
    state: begun,
    async add(text, { cursor, items }) {
      isBegun = true;
      const data = Buffer.from(text, "utf8");
      for (let at = 0; at < data.length; )
        at += (await handle.write(data, at, data.length - at, bytes + at)).bytesWritten;
      await handle.sync();
      bytes += data.length;
      count += items;
      const state: ExportState = { asked, cursor, bytes, count };
      const beside = await open(`${besideOf(file)}.new`, "w", 0o600);
      await beside.writeFile(JSON.stringify(state));
      await beside.sync();
      await beside.close();
      await rename(`${besideOf(file)}.new`, besideOf(file));
    },
    async finish() {
      const hash = createHash("sha256");
      for await (const part of handle.createReadStream({ start: 0, autoClose: false })) hash.update(part as Buffer);
      await rm(besideOf(file), { force: true });
      return { count, sha256: hash.digest("hex") };
    },
    async close() {
      await handle.close();
      if (!isBegun) await rm(file, { force: true });
    },
  };
}
