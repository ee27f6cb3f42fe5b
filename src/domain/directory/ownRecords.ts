import { foldedIdsOf, peopleBehind } from "../callers/samePerson.ts";
import type { Identity } from "../callers/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import { type Directory, entityOf } from "./directory.ts";

/**
 * Under which ids somebody is a patient: their own, and each `patientRecord` of what the directory has of that id, whatever its type. A token
 * says no type, and a key may say another one, or other letters, than the directory.
 */
function ownRecords(directory: Directory, caller: Identity): ReadonlySet<string> {
  const folded = foldedIdsOf(peopleBehind(caller));
  const ids = new Set([...folded, ...folded.map((id) => id.toUpperCase())]);
  for (const account of [caller.subject, ...(caller.linked ?? [])]) if (account !== null) ids.add(account.id);
  const own = new Set(ids);
  for (const type of directory.entities.keys())
    for (const id of ids) {
      const record = entityOf(directory, type, id)?.properties?.patientRecord;
      if (typeof record === "string") own.add(record);
    }
  return own;
}

/**
 * That nobody judges what was done with their own record. `rule` is as for `requireOtherThan`.
 * @throws ScopewardenError FORBIDDEN
 */
export function requireNotPatient(
  caller: Identity,
  patients: readonly string[],
  { directory, rule }: { readonly directory: Directory; readonly rule: string },
): void {
  const own = ownRecords(directory, caller);
  if (patients.some((patient) => own.has(patient)))
    throw new ScopewardenError("FORBIDDEN", `${rule}; another key of the same person is the same person.`);
}
