import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const kindOf = (path: string): "file" | "folder" | "other" | "absent" | "hidden" => {
  try {
    const found = statSync(path);
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "absent" : "hidden";
  }
};

const mayWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Why a file can't be written, or be made where it is not there; null: it can. `in a folder`: one that is there; `anywhere`: folders
 * are made. `not written`: whether it ever will be is not known, so that rights are not asked for.
 */
export function fileProblem(path: string, where: "in a folder" | "anywhere" | "not written"): string | null {
  const expected = "must be the path of a file that this user may write";
  const full = resolve(path);
  const mayNotWrite = (what: string): string | null =>
    where === "not written" || mayWrite(what) ? null : `${expected}: ${what} is not writable for it`;
  const kind = kindOf(full);
  if (kind === "file") return mayNotWrite(full);
  if (kind === "folder" || kind === "other")
    return `${expected}: ${full} is ${kind === "folder" ? "a folder" : "no file"}`;
  let folder = dirname(full);
  if (where !== "in a folder")
    while (kindOf(folder) === "absent" && dirname(folder) !== folder) folder = dirname(folder);
  const above = kindOf(folder);
  if (above === "folder") return mayNotWrite(folder);
  return `${expected}: ${folder} is ${{ absent: "not there", hidden: "out of its reach", file: "no folder", other: "no folder" }[above]}`;
}
