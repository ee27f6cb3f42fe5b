import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, describe, OperatorError } from "../faults.ts";

const mayWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** What SQLite says of a file that may not be written, with where it is and what of it is in the way; any other error as it is. */
export function notWritable(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === null || !/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) return error;
  // SQLite writes beside the file as well.
  const inTheWay = [path, dirname(path)].filter((each) => existsSync(each) && !mayWrite(each));
  const why = inTheWay.length > 0 ? `this user may not write ${inTheWay.join(" and ")}` : describe(error);
  return Object.assign(new OperatorError(`the database ${path} can't be written: ${why}`), { code });
}
