import { type Directory, entityOf } from "./directory.ts";

/**
 * Under which ids somebody is a patient: their own, and each `patientRecord` of what the directory has of that id, whatever its type. A token
 * says no type, and a key may say another one than the directory.
 */
export function ownRecords(directory: Directory, id: string): ReadonlySet<string> {
  const own = new Set([id]);
  for (const type of directory.entities.keys()) {
    const record = entityOf(directory, type, id)?.properties?.patientRecord;
    if (typeof record === "string") own.add(record);
  }
  return own;
}
